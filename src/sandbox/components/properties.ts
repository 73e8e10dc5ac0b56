/**
 * Java properties as text. Our values have no line breaks. Non-ASCII characters, for example in paths, are escaped: Java
 * reads these files as Latin-1.
 */
export function renderProperties(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${escapeValue(String(value))}\n`)
    .join('');
}

function escapeValue(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replace(/^ /, '\\ ')
    .replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** log4j2 to standard output, which is the component's log file. */
export function renderLogging(levels: Readonly<Record<string, string>>): string {
  return renderProperties({
    'appender.out.type': 'Console',
    'appender.out.name': 'out',
    'appender.out.layout.type': 'PatternLayout',
    'appender.out.layout.pattern': "%d{yyyy-MM-dd'T'HH:mm:ss.SSSX}{UTC} %p %X{connector.context}%m (%c:%L)%n",
    'rootLogger.level': 'INFO',
    'rootLogger.appenderRef.out.ref': 'out',
    ...Object.fromEntries(
      Object.entries(levels).flatMap(([name, level], index) => [
        [`logger.l${index}.name`, name],
        [`logger.l${index}.level`, level],
      ]),
    ),
  });
}
