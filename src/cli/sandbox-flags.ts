import { string } from '@oclif/core/flags';
import { DEFAULT_SANDBOX } from '../config/sandbox-record.ts';

/** Selects one of several sandboxes. */
export const sandboxFlags = {
  name: string({
    description: 'Name of the sandbox; its context is sandbox-NAME.',
    default: DEFAULT_SANDBOX,
    helpValue: 'NAME',
  }),
};
