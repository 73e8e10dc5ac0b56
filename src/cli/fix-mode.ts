import { SluiceError } from '../errors/error.ts';

/**
 * What `sluice validate` fixes.
 * @param form the output format if it is one for other programs
 * @throws USAGE
 */
export function fixMode(
  flags: { fix: boolean; 'fix-unsafe': boolean; 'dry-run': boolean },
  paths: readonly string[],
  form: string | undefined,
): 'safe' | 'unsafe' | undefined {
  const fix = flags['fix-unsafe'] ? 'unsafe' : flags.fix ? 'safe' : undefined;
  if (flags['dry-run'] && fix === undefined) {
    throw new SluiceError('USAGE', '--dry-run needs --fix or --fix-unsafe', {
      hint: 'Without them, validate changes no file.',
    });
  }
  if (fix !== undefined && !flags['dry-run'] && paths.includes('-') && form !== undefined) {
    throw new SluiceError('USAGE', `-o ${form} cannot hold the fixed text of standard input`, {
      hint: 'Omit -o: the text goes to stdout, the findings to stderr. Or use -o json, which holds both.',
    });
  }
  return fix;
}
