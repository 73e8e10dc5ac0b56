import type { ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import { judgeRefusal, type Refusal } from '../../monitor/refusal.ts';
import type { RecordPort } from '../../ports/records.ts';
import { secretValues } from '../../text/redact.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { assertOfRecord } from './assess.ts';
import { batchSize } from './narrowing.ts';
import { type Head, nameOf, nextStep, type Probe } from './search.ts';
import { type NextRecord, nextRecords, type Outcome, runWith, type SinkPorts } from './sink.ts';

/** So many records with a cause that is in the row, one after the other, are no proof yet that the target refuses all. */
const MOST_IN_A_ROW = 3;

/** A record that the target refuses, and the task that failed with it. */
export interface FoundRecord {
  next: NextRecord;
  task: number;
  trace: string;
}

/** Finds refused records of a stopped sink that reads one record at a time. It is stopped afterwards, too. */
export class Finder {
  readonly #connector: ListedConnector;
  readonly #ports: SinkPorts;
  /** Partitions whose refused record is known, and stays. */
  readonly #known = new Set<string>();
  /** The target has taken a row since the first search began. */
  #taken = false;
  /** Records that it has refused since. */
  #inARow = 0;

  constructor(connector: ListedConnector, ports: SinkPorts) {
    this.#connector = connector;
    this.#ports = ports;
  }

  /** Undefined if nothing is left to find. @throws RECORD_UNPROVEN, CONNECTOR_FAILED for another cause */
  async find(): Promise<FoundRecord | undefined> {
    const probes: Probe[] = [];
    const batch = batchSize(this.#connector.info.config);
    let outcome: Outcome;
    for (;;) {
      const nexts = await this.#nexts();
      await this.#observe(probes.at(-1)?.given ?? [], nexts);
      const step = nextStep(nexts, probes, batch);
      if (step.act === 'clear') return undefined;
      if (step.act === 'undetermined') throw this.#unproven(step.because);
      if (step.act === 'proven') {
        const next = nexts.find((one) => nameOf(one) === nameOf(step.head));
        if (next === undefined || outcome === undefined) throw this.#unproven('it was not found again');
        await this.#assertOne(next, this.#judge(outcome), nexts);
        return { next, ...outcome };
      }
      outcome = await runWith(this.#connector, step.given, step.patient, this.#ports);
      if (outcome !== undefined) assertOfRecord(this.#connector.name, this.#judge(outcome));
      probes.push({ given: step.given, failed: outcome !== undefined, patient: step.patient });
    }
  }

  /** The record stays, and its partition is not searched again. */
  leave(head: Head): void {
    this.#known.add(nameOf(head));
  }

  /** The sink was moved past the record that was found. */
  skipped(): void {
    this.#inARow += 1;
  }

  async #nexts(): Promise<NextRecord[]> {
    const nexts = await nextRecords(this.#connector, this.#ports);
    return nexts.filter((one) => !this.#known.has(nameOf(one)));
  }

  #judge({ trace }: { trace: string }): Refusal {
    return judgeRefusal(trace, secretValues(this.#connector.info.config));
  }

  /** A tombstone is no row: a sink may ignore it, and a target that takes no rows may delete them. */
  async #observe(given: readonly Head[], nexts: readonly Head[]): Promise<void> {
    const { records } = this.#ports;
    const at = new Map(nexts.map((one) => [nameOf(one), one.offset]));
    for (const one of given) {
      const to = at.get(nameOf(one));
      if (to === one.offset || !(await hasRow(records, one, to))) continue;
      this.#taken = true;
      this.#inARow = 0;
      return;
    }
  }

  /** Whether it is this record that is refused, rather than everything. @throws RECORD_UNPROVEN */
  async #assertOne(next: NextRecord, { kind, cause }: Refusal, nexts: readonly NextRecord[]): Promise<void> {
    if (next.doubt !== undefined) throw this.#unproven(`in ${nameOf(next)}, ${next.doubt}`);
    const others = nexts.filter((one) => nameOf(one) !== nameOf(next));
    if (!this.#taken && kind === 'unclear' && others.length > 0) {
      await runWith(this.#connector, others, false, this.#ports);
      await this.#observe(others, await this.#nexts());
    }
    // What is in a row may be in the next one, too; any other cause may be the target's.
    const most = kind === 'record' ? MOST_IN_A_ROW : this.#taken || others.length === 0 ? 1 : 0;
    if (this.#inARow < most) return;
    throw this.#unproven(`the target has taken no other record meanwhile, so it may refuse them all: ${cause}`);
  }

  #unproven(because: string): SluiceError {
    const { name } = this.#connector;
    return new SluiceError('RECORD_UNPROVEN', `it cannot be proven which record stops "${name}": ${because}`, {
      hint: `No record was moved past without proof. See: ${command(`describe ${shellWord(name)}`)}`,
      details: { name },
    });
  }
}

/** @param to where the sink goes on; undefined at the end of the partition */
async function hasRow(records: RecordPort, { topic: name, partition, offset }: Head, to?: number): Promise<boolean> {
  const topic = await records.topic(name);
  if (topic === undefined) return false;
  const end = to ?? (await records.bounds(topic))[partition]?.end ?? offset;
  for await (const chunk of records.read(topic, { partition, from: offset, to: end, uncommitted: true }))
    if (chunk.records.some(({ value }) => value !== null)) return true;
  return false;
}
