export const STDIN = '-';
export const EXTENSION = /\.(?:json|ya?ml)$/i;
export const PROPERTIES = /\.properties$/i;
export const GLOB = /[*?[\]{}!]/;

/** Written like a path, and not like the name of a connector. */
export function looksLikePath(text: string): boolean {
  return text === STDIN || /[/\\]|^\.+$/.test(text) || [GLOB, EXTENSION, PROPERTIES].some((form) => form.test(text));
}
