/** What `JSON.parse` says, without the part of the text that it quotes: that may be a password. */
export function jsonErrorMessage(error: unknown): string {
  return (error as Error).message.replace(/^Unexpected token .*$/s, 'a value, a comma or a bracket is wrong');
}
