import type { LeftAlone } from './apply.ts';
import type { RepairOptions } from './options.ts';
import { comment, repairStatement, scriptHead } from './repair.ts';
import type { RepairReport } from './report.ts';
import type { RowDifference } from './rows.ts';
import type { TablePair } from './table-pair.ts';

/** The repair script of one table, written as differences come in. */
export class Script {
  readonly #pair: TablePair;
  readonly #source: string;
  readonly #options: Extract<RepairOptions, { mode: 'sql' }>;
  readonly #report: RepairReport | undefined;
  readonly #left: LeftAlone;
  #begun = false;

  constructor(
    pair: TablePair,
    source: string,
    options: Extract<RepairOptions, { mode: 'sql' }>,
    report: RepairReport | undefined,
    left: LeftAlone,
  ) {
    this.#pair = pair;
    this.#source = source;
    this.#options = options;
    this.#report = report;
    this.#left = left;
  }

  add(difference: RowDifference): void {
    const target = {
      dialect: this.#pair.target.session.dialect,
      table: this.#pair.target.table,
      plan: this.#pair.plan,
    };
    if (!this.#begun) for (const line of scriptHead(target, this.#source)) this.#options.write(line);
    this.#begun = true;
    const statement = repairStatement(target, difference, this.#options);
    if (statement.action === 'none') {
      this.#left.add(statement.reason, difference.rows);
      this.#options.write(
        comment(`-- not repaired: ${difference.kind} ${difference.key.join(', ')}: ${statement.reason}`),
      );
      return;
    }
    this.#options.write(statement.sql);
    if (this.#report === undefined) return;
    if (statement.action === 'insert') this.#report.inserted += 1;
    else if (statement.action === 'update') this.#report.updated += 1;
    else this.#report.deleted += 1;
  }

  end(): void {
    if (this.#begun) this.#options.write(this.#pair.target.session.dialect.commit);
  }
}
