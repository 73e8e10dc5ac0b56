import { Instructions } from '../../src/cli/autocomplete.ts';

export default class Autocomplete extends Instructions {
  static override summary = 'Set up completion of commands and flags in your shell.';
  static override description = 'Prints what to add to the start-up file of your shell.';
  static override args = {
    shell: { ...Instructions.args.shell, description: 'Your shell (default: the current one).' },
  };
  static override flags = {
    'refresh-cache': {
      ...Instructions.flags['refresh-cache'],
      description: 'Rebuild the cache of commands and flags; print no instructions.',
    },
  };
}
