import { SluiceError } from '../errors/error.ts';
import { EXIT } from '../errors/registry.ts';

/**
 * Ctrl-C and SIGTERM abort the returned signal and the use case winds down; a second one ends the process.
 * Call `dispose` when the command is over: in tests the listeners would outlive it.
 */
export function interruptSignal(): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const handler = () => {
      const code = name === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED';
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
      controller.abort(new SluiceError(code, name === 'SIGINT' ? 'interrupted' : 'terminated'));
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    dispose() {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
