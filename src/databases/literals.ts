/** A text as an SQL literal; backslashes are not escaped, since every session makes servers treat them as ordinary. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
