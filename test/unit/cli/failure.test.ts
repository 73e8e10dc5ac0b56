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
  ['The following error occurred:\n  Missing required flag tasks', 'missing --tasks'],
  ['Flag --save expects a value', '--save needs a value'],
  ['Expected --output=xml to be one of: table, json', '--output must be one of table, json, not xml'],
  ['Parsing --limit \n\tExpected an integer but received: x', '--limit must be an integer, not x'],
  [
    'Parsing --limit \n\tExpected an integer greater than or equal to 1 but received: 0',
    '--limit must be an integer of at least 1, not 0',
  ],
])('%j becomes a plain sentence', (said, plainly) => {
  const error = translateFailure(new Errors.CLIError(`${said}\nSee more help with --help`), 'deploy');
  expect(error).toMatchObject({ code: 'USAGE', message: plainly, hint: 'See: sluice deploy --help' });
});
