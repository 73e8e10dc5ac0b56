/** A name pattern, in which `*` is any text and `?` any character, as an expression for the whole name. */
export function globExpression(glob: string, flags = 's'): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, flags);
}

export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}
