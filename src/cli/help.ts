import { CommandHelp, Help } from '@oclif/core/help';
import { EXIT } from '../errors/registry.ts';

const MEANINGS: Record<keyof typeof EXIT, string> = {
  ok: 'done, nothing found',
  internal: 'internal error',
  usage: 'usage or configuration',
  negative: 'the answer is no: differences, unhealthy, drift',
  invalid: 'validation failed',
  unreachable: 'unreachable or not authorised',
  rejected: 'rejected by the remote, or rolled back',
  partial: 'partial: some targets done, some not',
  timeout: 'timed out',
  undetermined: 'undetermined: nothing final can be said',
  interrupted: 'interrupted (SIGINT)',
  terminated: 'terminated (SIGTERM)',
};

const EXIT_CODES = Object.entries(EXIT).map(([name, code]): [string, string] => [
  String(code),
  MEANINGS[name as keyof typeof EXIT],
]);

class SluiceCommandHelp extends CommandHelp {
  protected override sections() {
    return [
      ...super.sections(),
      {
        header: 'EXIT CODES',
        // A list is taken for several sections, each with its own header.
        generate: () => [{ header: 'EXIT CODES', body: EXIT_CODES }],
      },
    ] as ReturnType<CommandHelp['sections']>;
  }
}

/** oclif's help with the exit codes, which are the same for every command. */
export default class SluiceHelp extends Help {
  protected override CommandHelpClass = SluiceCommandHelp;
}
