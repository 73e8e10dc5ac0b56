import { parseEnv } from 'node:util';
import { SluiceError } from '../errors/error.ts';
import { readText } from './read-file.ts';

/** Variables as references see them: `--env-file` below the process's own, which win (as with docker and dotenv). */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @throws FILE_UNREADABLE when an env file cannot be read.
 */
export function loadEnvironment(files: readonly string[] = [], base: Environment = process.env): Environment {
  const fromFiles: Record<string, string | undefined> = {};
  for (const file of files) {
    let text: string;
    try {
      text = readText(file);
    } catch (error) {
      throw new SluiceError('FILE_UNREADABLE', `cannot read the env file ${file}: ${(error as Error).message}`, {
        hint: 'Check the path given to --env-file.',
        cause: error,
      });
    }
    Object.assign(fromFiles, parseEnv(text));
  }
  return { ...fromFiles, ...base };
}
