/** What ends a process at once unless it listens: the terminal was closed, or Ctrl-\. Windows has no others than Ctrl-C. */
const ENDING = process.platform === 'win32' ? [] : (['SIGHUP', 'SIGQUIT'] as const);

/** Gives back what a process has taken, such as the modes of a terminal, when it ends, by a signal too. @returns undoes this */
export function atEnd(giveBack: () => void): () => void {
  const undo = () => {
    process.off('exit', giveBack);
    for (const { name, handler } of handlers) process.off(name, handler);
  };
  const handlers = ENDING.map((name) => ({
    name,
    handler: () => {
      undo();
      giveBack();
      // Nobody else listens: it ends as it would have.
      process.kill(process.pid, name);
    },
  }));
  process.once('exit', giveBack);
  for (const { name, handler } of handlers) process.on(name, handler);
  return undo;
}
