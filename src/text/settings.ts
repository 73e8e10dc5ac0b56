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

/**
 * A command as its readers write it: on the command line `sluice sandbox up --name ci`.
 * @param words with arguments, such as `sandbox up`
 * @param settings undefined ones are omitted
 */
export function command(words: string, settings: Readonly<Record<string, string | true | undefined>> = {}): string {
  const named = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [setting(name, value)],
  );
  return ['sluice', words, ...named].join(' ');
}

/** Sets how settings are named: like a locale, it applies to the whole process. */
export function nameSettings(by: Naming): void {
  naming = by;
}
