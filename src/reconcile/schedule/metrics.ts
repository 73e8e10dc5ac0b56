import { Counter, Gauge, Registry } from 'prom-client';
import type { TableSummary } from '../report.ts';
import type { ScheduleEvent } from './events.ts';

const KINDS = ['missing', 'extra', 'different', 'undetermined'] as const;
const SIDES = ['source', 'target'] as const;

/** The schedule's numbers in Prometheus's text form, counted from its log's events. */
export class ScheduleMetrics {
  readonly #registry = new Registry();
  readonly #runs = this.#counter('runs_total', 'Comparisons by verdict; failed and aborted ones have none.', [
    'pair',
    'verdict',
  ]);
  readonly #skipped = this.#counter(
    'skipped_total',
    'Scheduled times skipped because the previous run was still going.',
    ['pair'],
  );
  readonly #running = this.#gauge('running', '1 while the pair is being compared.', ['pair']);
  readonly #next = this.#gauge('next_run_timestamp_seconds', 'When the pair is next compared.', ['pair']);
  readonly #last = this.#gauge('last_run_timestamp_seconds', 'When the last comparison ended.', ['pair']);
  readonly #duration = this.#gauge('last_run_duration_seconds', 'How long the last comparison took.', ['pair']);
  readonly #exit = this.#gauge('last_run_exit_code', 'What the command would have exited with: 0 is equal.', ['pair']);
  readonly #differences = this.#gauge('differences', 'Rows that the last comparison of the table found.', [
    'pair',
    'table',
    'kind',
  ]);
  readonly #rows = this.#gauge('rows', 'Rows that the last comparison of the table read.', ['pair', 'table', 'side']);
  readonly #equal = this.#gauge('table_equal', '1 if the last comparison found the table equal, else 0.', [
    'pair',
    'table',
  ]);
  /** Tables whose numbers are shown, by pair. */
  readonly #tables = new Map<string, string[]>();

  observe(event: ScheduleEvent): void {
    switch (event.event) {
      case 'scheduled':
        if (event.next === null) this.#next.remove({ pair: event.pair });
        else this.#next.set({ pair: event.pair }, Date.parse(event.next) / 1000);
        // Present from the start, so that an alert sees a pair that never ran.
        this.#running.inc({ pair: event.pair }, 0);
        this.#skipped.inc({ pair: event.pair }, 0);
        return;
      case 'started':
        this.#running.set({ pair: event.pair }, 1);
        return;
      case 'skipped':
        this.#skipped.inc({ pair: event.pair });
        return;
      case 'finished':
        this.#ended(event.pair, event.verdict, event.at, event.durationMs);
        this.#exit.set({ pair: event.pair }, event.exitCode);
        this.#showTables(event.pair, event.tables);
        return;
      case 'failed':
        this.#ended(event.pair, 'failed', event.at, event.durationMs);
        this.#exit.set({ pair: event.pair }, event.exitCode);
        this.#forgetTables(event.pair);
        return;
      case 'aborted':
        this.#ended(event.pair, 'aborted', event.at, event.durationMs);
        return;
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Without the empty lines between the families, which the format does not need. */
  async text(): Promise<string> {
    return (await this.#registry.metrics()).replaceAll(/\n{2,}/g, '\n');
  }

  #ended(pair: string, verdict: string, at: string, durationMs: number): void {
    this.#runs.inc({ pair, verdict });
    this.#running.set({ pair }, 0);
    this.#last.set({ pair }, Date.parse(at) / 1000);
    this.#duration.set({ pair }, durationMs / 1000);
  }

  #showTables(pair: string, tables: readonly TableSummary[]): void {
    // Remove a vanished table's old numbers.
    this.#forgetTables(pair);
    for (const table of this.#tables.get(pair) ?? []) this.#equal.remove({ pair, table });
    const labels = tables.map((table) => labelOf(table, tables));
    for (const [index, one] of tables.entries()) {
      const table = labels[index] ?? '';
      this.#equal.set({ pair, table }, one.verdict === 'equal' ? 1 : 0);
      // No differences were found in a table that could not be read, but zero would be wrong.
      if (one.verdict === 'failed') continue;
      // Nor if the mode does not count them.
      for (const kind of KINDS) {
        const count = one[kind];
        if (count !== null) this.#differences.set({ pair, table, kind }, count);
      }
      for (const side of SIDES) {
        const rows = one.rows[side];
        if (rows !== null) this.#rows.set({ pair, table, side }, rows);
      }
    }
    this.#tables.set(pair, labels);
  }

  /** Forgets a pair's tables, so that alerts do not see old results as current. */
  #forgetTables(pair: string): void {
    for (const table of this.#tables.get(pair) ?? []) {
      for (const kind of KINDS) this.#differences.remove({ pair, table, kind });
      for (const side of SIDES) this.#rows.remove({ pair, table, side });
      this.#equal.set({ pair, table }, 0);
    }
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `sluice_reconcile_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name: `sluice_reconcile_${name}`, help, labelNames, registers: [this.#registry] });
  }
}

/** The source's name, with the target's if the source has several. */
function labelOf({ source, target }: TableSummary, tables: readonly TableSummary[]): string {
  return tables.filter((one) => one.source === source).length > 1 ? `${source}=${target}` : source;
}
