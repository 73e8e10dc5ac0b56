/** `fenceTimeout` → `--fence-timeout`, followed by the value, if any. */
export function flagName(name: string, value?: string | boolean): string {
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (value === false) return `--no-${flag}`;
  if (value === undefined || value === true) return `--${flag}`;
  // What begins with `-` would be taken for a flag.
  return /^'?-/.test(value) ? `--${flag}=${value}` : `--${flag} ${value}`;
}
