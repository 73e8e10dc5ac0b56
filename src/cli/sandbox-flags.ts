import { string } from '@oclif/core/flags';
import { DEFAULT_SANDBOX } from '../sandbox/record.ts';

/** Which of several sandboxes is meant. */
export const sandboxFlags = {
  name: string({
    description: 'Which sandbox, where there are several; its context is sandbox-NAME.',
    default: DEFAULT_SANDBOX,
    helpValue: 'NAME',
  }),
};
