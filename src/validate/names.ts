import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { Report } from './problem.ts';

/**
 * Names that Connect changes, or that it creates by POST and never finds by a path again: Jetty 12 (Kafka 4) refuses
 * encoded slashes, backslashes, percent signs and control characters, and takes `.` and `..` for folders.
 */
export function checkName({ name }: Pick<ConnectorFile, 'name'>, report: Report): void {
  const found = (message: string, hint: string, severity: 'error' | 'warning' = 'error') =>
    report({ rule: 'unusable-name', severity, message, hint, key: 'name', part: 'value' });
  if (name !== name.trim())
    found(
      `the name ${JSON.stringify(name)} has blanks at its ends, which Connect cuts off`,
      `Write ${JSON.stringify(name.trim())}.`,
    );
  else if (/^\.{1,2}$/.test(name)) found(`the name "${name}" is that of a folder in a path`, 'Give it another name.');
  else {
    const [sign] = /[%\\\p{Cc}]/u.exec(name) ?? [];
    if (sign !== undefined)
      found(
        `the name has ${JSON.stringify(sign)} in it: Kafka 4.0 and later create such a connector, and never find it again`,
        'Use letters, digits, dots, hyphens and underscores.',
      );
    else if (name.includes('/'))
      found(
        'the name has a slash in it: Kafka 4.0 and later do not find such a connector by its path',
        'Use another character.',
        'warning',
      );
    else if (/[{}]/.test(name))
      found(
        'the name has a brace in it: Kafka Connect answers its creation with 500, although it creates it',
        'Use another character.',
        'warning',
      );
  }
}
