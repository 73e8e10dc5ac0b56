/** The message of `JSON.parse` without the text it quotes, which may be a password. */
export function jsonErrorMessage(error: unknown): string {
  return (error as Error).message.replace(/^Unexpected token .*$/s, 'a value, a comma or a bracket is wrong');
}
