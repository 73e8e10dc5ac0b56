/** Java properties as text. Values of ours hold no line breaks; backslashes and leading blanks are escaped. */
export function renderProperties(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\').replace(/^ /, '\\ ')}\n`)
    .join('');
}

/** log4j2 to standard output, which is the part's log file. */
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
