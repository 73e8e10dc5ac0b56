import { Errors } from '@oclif/core';
import { expect, it } from 'vitest';
import { translateFailure } from '../../../src/cli/failure.ts';

it.each([
  [
    'The following error occurred:\n  All of the following must be provided when using --yes: --prune',
    '--yes needs --prune',
  ],
  [
    'The following error occurred:\n  --pair=a cannot also be provided when using --connector',
    '--pair and --connector exclude each other',
  ],
  ['Nonexistent flag: --nope', 'Nonexistent flag: --nope'],
])('%j is said plainly', (said, plainly) => {
  const error = translateFailure(new Errors.CLIError(`${said}\nSee more help with --help`), 'deploy');
  expect(error).toMatchObject({ code: 'USAGE', message: plainly, hint: 'See: sluice deploy --help' });
});
