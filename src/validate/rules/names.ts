import type { ConnectorFile } from '../../connectors/connector-file.ts';
import type { Report } from './scope.ts';

/**
 * Reports names that Connect changes, or that it creates by POST but cannot find by path: Jetty 12 (Kafka 4) refuses
 * encoded slashes, backslashes, percent signs and control characters, and treats `.` and `..` as folders.
 */
export function checkName({ name }: Pick<ConnectorFile, 'name'>, report: Report): void {
  if (/^\w[\w.-]*$/.test(name)) return;
  const found = (message: string, hint: string, severity: 'error' | 'warning' = 'error') =>
    report({ rule: 'unusable-name', severity, message, hint, key: 'name', part: 'value' });
  if (name !== name.trim())
    found(
      `the name ${JSON.stringify(name)} has leading or trailing spaces, which Connect removes`,
      `Write ${JSON.stringify(name.trim())}.`,
    );
  else if (/^\.{1,2}$/.test(name)) found(`the name "${name}" is a folder in a URL path`, 'Use another name.');
  else {
    const [sign] = /[%\\\p{Cc}]/u.exec(name) ?? [];
    if (sign !== undefined)
      found(
        `the name contains ${JSON.stringify(sign)}: Kafka 4.0 and later create such a connector, but cannot find it again`,
        'Use letters, digits, dots, hyphens and underscores.',
      );
    else if (name.includes('/'))
      found(
        'the name contains a slash: Kafka 4.0 and later cannot find such a connector by path',
        'Use another character.',
        'warning',
      );
    else if (/[{}]/.test(name))
      found(
        'the name contains a brace: Kafka Connect creates such a connector, but answers 500',
        'Use another character.',
        'warning',
      );
  }
}
