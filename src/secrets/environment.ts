import { parseEnv } from 'node:util';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';
import { setting } from '../text/settings.ts';

/** Variables for references: the process's own override those of `--env-file` (as with docker and dotenv). */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param base the process's own variables
 * @throws FILE_UNREADABLE if an env file cannot be read.
 */
export function loadEnvironment(files: readonly string[], base: Environment): Environment {
  const fromFiles: Record<string, string | undefined> = {};
  for (const file of files) {
    let text: string;
    try {
      text = readText(file);
    } catch (error) {
      throw new SluiceError('FILE_UNREADABLE', `cannot read the env file ${file}: ${(error as Error).message}`, {
        hint: `Check the path given to ${setting('envFile')}.`,
        cause: error,
      });
    }
    Object.assign(fromFiles, parseEnv(text));
  }
  return { ...fromFiles, ...base };
}
