import { Instructions } from '../../src/cli/autocomplete.ts';

export default class Autocomplete extends Instructions {
  static override summary = 'Set up completion of commands and flags in your shell.';
}
