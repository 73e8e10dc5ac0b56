type Naming = (name: string, value?: string | boolean) => string;

let naming: Naming = (name, value) => `\`${value === undefined ? name : `${name}: ${value}`}\``;

/**
 * A setting as its readers know it: by default `fenceTimeout: 2m`, in backquotes, as in sluice.yaml; on the command line
 * `--fence-timeout 2m`. Call this when the message is created, not when the module is loaded.
 * @param name the name in the request's type
 */
export function setting(name: string, value?: string | boolean): string {
  return naming(name, value);
}

/** Words as a shell separates them. */
const WORDS = /(?:'[^']*'|\\.|[^\s'])+/g;

/**
 * A command as its readers write it: on the command line `sluice sandbox up --name ci`.
 * @param words with arguments, such as `sandbox up`; those that begin with `-` follow `--`
 * @param settings undefined ones are omitted
 */
export function command(words: string, settings: Readonly<Record<string, string | true | undefined>> = {}): string {
  const named = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [setting(name, value)],
  );
  const typed = words.match(WORDS) ?? [];
  // It would be taken for a flag, also in quotes.
  const at = typed.findIndex((word) => /^'?-/.test(word));
  if (at < 0) return ['sluice', words, ...named].join(' ');
  return ['sluice', ...typed.slice(0, at), ...named, '--', ...typed.slice(at)].join(' ');
}

/** Sets how settings are named: like a locale, it applies to the whole process. */
export function nameSettings(by: Naming): void {
  naming = by;
}
