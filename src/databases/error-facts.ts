/** Parts of a database error that are not row values. */
export interface ErrorFacts {
  /** `unique_violation (SQLSTATE 23505)` */
  condition: string;
  /** `table shop.orders`, `constraint orders_pkey` */
  identifiers: string[];
}

/** Pattern of a whole message, so that no value is mistaken for a name. The groups are the names. */
export type Template = readonly [form: RegExp, ...kinds: string[]];

/** The names in a message of a known form. */
export function namesIn(message: string, template: Template | undefined): string[] {
  const [form, ...kinds] = template ?? [];
  const names = form?.exec(message)?.slice(1) ?? [];
  return names.map((name, at) => `${kinds[at]} ${name.replaceAll('`', '')}`);
}
