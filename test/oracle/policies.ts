import { qualified } from './ddl.ts';
import type { Case } from './model.ts';
import { quote } from './names.ts';
import type { Random } from './random.ts';

/**
 * Grants everything to a role that is not the owner, and hides rows from it on some tables: those must be refused, whether
 * the policy hides something or not, for the role cannot know.
 */
export function addPolicies(made: Case, role: string, random: Random): void {
  for (const pair of made.tables) {
    for (const [at, side] of (['source', 'target'] as const).entries()) {
      const engine = made.engines[at];
      if (engine?.family !== 'postgresql') continue;
      const table = pair[side];
      const name = qualified(table, engine);
      table.after.push(`GRANT ALL ON ${name} TO ${role}`);
      if (!random.chance(0.25)) continue;
      table.after.push(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`);
      const [column] = table.columns;
      const condition = random.pick([
        'true',
        'false',
        column === undefined ? 'true' : `${quote(column.name, engine)} IS NOT NULL`,
        undefined,
      ]);
      if (condition !== undefined) table.after.push(`CREATE POLICY oracle ON ${name} USING (${condition})`);
      pair.refuse = `row-level security hides rows of the ${side} from this role`;
      made.features.push(`policy ${side}`);
    }
  }
}
