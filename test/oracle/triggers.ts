import { qualified } from './ddl.ts';
import { literal } from './literals.ts';
import type { Case, Engine, Table } from './model.ts';
import { quote } from './names.ts';
import type { Random } from './random.ts';

/** Triggers and rules of the target that swallow, change or refuse what is written. A repair must see that. */
export function addTrigger(table: Table, engine: Engine, made: Case, random: Random): void {
  const name = `o${made.index}_trigger`;
  const changed = table.columns.find(
    (column) =>
      !table.primaryKey.includes(column.name) &&
      column.generated === undefined &&
      column.identity === undefined &&
      column.nullable &&
      column.before === undefined &&
      !table.unique.flat().includes(column.name),
  );
  if (engine.family === 'mysql') {
    const event = random.pick(['INSERT', 'UPDATE', 'DELETE']);
    const what = random.pick(['change', 'refuse']);
    if (what === 'change' && event !== 'DELETE') {
      if (changed === undefined) return;
      table.after.push(
        `CREATE TRIGGER ${name} BEFORE ${event} ON ${qualified(table, engine)} FOR EACH ROW SET NEW.${quote(changed.name, engine)} = ${other(changed, engine)}`,
      );
    } else {
      table.after.push(
        `CREATE TRIGGER ${name} BEFORE ${event} ON ${qualified(table, engine)} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the oracle refuses this'`,
      );
    }
    made.features.push(`trigger ${what} ${event}`);
    return;
  }
  const event = random.pick(['INSERT', 'UPDATE', 'DELETE']);
  const what = random.pick(['swallow', 'change', 'refuse', 'rule']);
  if (what === 'rule') {
    if (table.suffix !== undefined) return;
    table.after.push(`CREATE RULE ${name} AS ON ${event} TO ${qualified(table, engine)} DO INSTEAD NOTHING`);
    made.features.push(`rule ${event}`);
    return;
  }
  const same = event === 'DELETE' ? 'OLD' : 'NEW';
  const bodies = {
    swallow: 'RETURN NULL;',
    refuse: "RAISE EXCEPTION 'the oracle refuses this';",
    change:
      changed === undefined || event === 'DELETE'
        ? `RETURN ${same};`
        : `NEW.${quote(changed.name, engine)} := ${other(changed, engine)}; RETURN NEW;`,
  };
  const body = bodies[what as keyof typeof bodies];
  table.after.push(
    `CREATE OR REPLACE FUNCTION public.${name}() RETURNS trigger LANGUAGE plpgsql AS $oracle$ BEGIN ${body} END $oracle$`,
    `CREATE TRIGGER ${name} BEFORE ${event} ON ${qualified(table, engine)} FOR EACH ROW EXECUTE FUNCTION public.${name}()`,
  );
  made.features.push(`trigger ${what} ${event}`);
}

/** NULL, or a value that the type can hold. */
function other(column: Table['columns'][number], engine: Engine): string {
  return column.kind === 'text' ? (literal(engine, column, 'x') ?? 'NULL') : 'NULL';
}
