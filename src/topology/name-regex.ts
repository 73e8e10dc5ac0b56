import { SluiceError } from '../errors/error.ts';
import { ForeignPattern } from '../text/foreign-pattern.ts';
import { javaRegexInJavaScript } from '../text/java-regex.ts';
import { setting } from '../text/settings.ts';

/** A regular expression of Java for the whole of a name. */
export interface JavaRegex {
  /** @throws REQUEST_INVALID if it takes too long */
  test(text: string): boolean;
  /** The first match in a text that matches as a whole, else null. @throws REQUEST_INVALID if it takes too long */
  first(text: string): RegExpExecArray | null;
}

/**
 * Translates or refuses what JavaScript reads differently: a wrong non-match would silently skip a topic.
 * @throws REQUEST_INVALID
 */
export function javaRegex(text: string): JavaRegex {
  const refuse = (cause?: unknown) =>
    new SluiceError('REQUEST_INVALID', `cannot evaluate the regular expression ${text}`, {
      hint: `Use ${setting('source')}, ${setting('target')} and the tables instead of ${setting('connector')}.`,
      cause,
    });
  const translated = javaRegexInJavaScript(text);
  if (translated === undefined) throw refuse();
  const pattern = compile(translated, refuse);
  const decided = <T>(answer: T | undefined): T => {
    if (answer === undefined) throw refuse();
    return answer;
  };
  return { test: (name) => decided(pattern.test(name)), first: (name) => decided(pattern.first(name)) };
}

function compile(translated: string, refuse: (cause: unknown) => SluiceError): ForeignPattern {
  try {
    return new ForeignPattern(translated, 'u');
  } catch {
    try {
      // With escapes of characters that need none, such as `\-`.
      return new ForeignPattern(translated);
    } catch (error) {
      throw refuse(error);
    }
  }
}
