/** `fenceTimeout` → `--fence-timeout`, followed by the value, if any. */
export function flagName(name: string, value?: string | boolean): string {
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (value === false) return `--no-${flag}`;
  return value === undefined || value === true ? `--${flag}` : `--${flag} ${value}`;
}
