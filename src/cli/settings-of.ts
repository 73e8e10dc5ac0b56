type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** Flags under the names of the use cases' settings: `fence-timeout` is `fenceTimeout`. */
export type Settings<Flags> = { [Name in keyof Flags as CamelCase<Name & string>]?: Flags[Name] };

/**
 * Typed flags as settings of a request; defaults are left to the use case.
 * @param metadata of oclif's parser
 */
export function settingsOf<Flags extends object>(
  flags: Flags,
  metadata: { flags: Readonly<Record<string, { setFromDefault?: boolean } | undefined>> },
): Settings<Flags> {
  return Object.fromEntries(
    Object.entries(flags)
      .filter(([name]) => metadata.flags[name]?.setFromDefault !== true)
      .map(([name, value]) => [name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]),
  ) as Settings<Flags>;
}
