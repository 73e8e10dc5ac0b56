import path from 'node:path';
import type { Client } from 'pg';
import { sandboxFolder } from '../config/sandbox-record.ts';
import { type ConnectClient, createConnectClient } from '../connect/client.ts';
import { place } from '../connectors/files.ts';
import { loadConnectorFiles } from '../connectors/load.ts';
import { deploy } from '../deploy/deploy.ts';
import { SluiceError } from '../errors/error.ts';
import { kafkaOpener } from '../kafka/open.ts';
import { GroupReader } from '../monitor/group-reader.ts';
import { scaleConnector } from '../operate/scale.ts';
import { changeState } from '../operate/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type Progress, silentProgress } from '../ports/progress.ts';
import { differencesOf, type ReconcileReport } from '../reconcile/report.ts';
import { sandboxDown } from '../sandbox/down.ts';
import { type DatabaseAddress, type SandboxStatus, sandboxStatus } from '../sandbox/status.ts';
import { sandboxUp } from '../sandbox/up.ts';
import { configSecrets } from '../schemas/secrets.ts';
import { SchemaStore } from '../schemas/store.ts';
import type { Environment } from '../secrets/environment.ts';
import type { Integer } from '../text/numbers.ts';
import { command } from '../text/settings.ts';
import { thousands } from '../text/thousands.ts';
import { sinkGroup } from '../topology/consumer-groups.ts';
import { validateFiles } from '../validate/run.ts';
import { compareShop, type DemoRepair, describe, unexpected } from './compare.ts';
import { demoVariables, SINK, SINK_TASKS, SOURCE, writeConnectorFiles } from './connectors.ts';
import { awaitDrained } from './drain.ts';
import { createShop, damageOneRow, SHOP_TABLES, WORKLOADS } from './shop.ts';

const DEMO_SANDBOX = 'demo';

const STEP_TIMEOUT_MS = 120_000;

export interface DemoOptions {
  /** Leave the sandbox and the pipeline running. */
  keep: boolean;
  stateFolder: string;
  cacheFolder: string;
  pom: string;
  environment: Environment;
  clock: Clock;
  signal: AbortSignal;
  logger: Logger;
  progress: Progress;
}

/** Results of the demo; every figure was measured in this run. */
export interface DemoReport {
  /** Context of the pipeline while it runs. */
  context: string;
  kept: boolean;
  /** The connector files, if they were kept. */
  files: string[] | null;
  /** Rows copied or changed on the source: the first copy and every change after it. */
  changes: { title: string; rows: Integer }[];
  /** Records in the topics when the sink had read them all. */
  records: Integer;
  /** Rows compared at the end, on each side. */
  rows: Integer;
  damage: {
    table: string;
    key: Record<string, string | null>;
    column: string;
    source: string | null;
    target: string | null;
    /** The statement that fixed it. */
    repair: string;
  };
  scaled: { from: Integer; to: Integer; back: Integer };
  durationMs: Integer;
}

/**
 * The whole tour on real components: builds a pipeline, feeds it, damages a row, finds and repairs it, and operates it.
 * Nothing is left running, even after a failure, unless `keep` is set.
 * @throws the failed step's error; INTERNAL if the pipeline or the comparison gives a wrong result
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { progress, clock } = options;
  const began = clock.now().getTime();
  await clearLeftOvers(options);
  try {
    const status = await sandboxUp({
      ...options,
      name: DEMO_SANDBOX,
      mariadb: false,
      timeoutMs: STEP_TIMEOUT_MS,
    });
    const report = await new Demo(options, status).run();
    return { ...report, durationMs: clock.now().getTime() - began };
  } finally {
    if (!options.keep) {
      await removeSandbox(options);
      progress.note('Nothing is left running.');
    }
  }
}

/** An interrupted demo cleans up as well: its own signal must not abort the cleanup. */
function removeSandbox(options: DemoOptions) {
  return sandboxDown({ ...options, name: DEMO_SANDBOX, purge: true, signal: new AbortController().signal });
}

/** The shop starts from scratch: removes what a killed demo left, but not a running one. */
async function clearLeftOvers(options: DemoOptions): Promise<void> {
  const { parts } = await sandboxStatus({ ...options, name: DEMO_SANDBOX });
  if (parts.some((part) => part.health !== 'dead')) {
    throw new SluiceError('REQUEST_INVALID', `a demo is running, or was kept: the sandbox ${DEMO_SANDBOX} is running`, {
      hint: `Remove it first: ${command('sandbox down', { name: DEMO_SANDBOX, purge: true })}`,
    });
  }
  await removeSandbox({ ...options, progress: silentProgress });
}

class Demo {
  readonly #options: DemoOptions;
  readonly #status: SandboxStatus;
  readonly #source: DatabaseAddress;
  readonly #target: DatabaseAddress;
  readonly #client: ConnectClient;
  readonly #kafka: ReturnType<typeof kafkaOpener>;
  readonly #schemas = new SchemaStore();

  constructor(options: DemoOptions, status: SandboxStatus) {
    const { source, target } = status.databases;
    if (!source || !target || !status.connect || !status.kafka) throw new Error('the sandbox lacks a component');
    this.#options = options;
    this.#status = status;
    this.#source = source;
    this.#target = target;
    this.#client = createConnectClient(
      { name: status.context, urls: [status.connect.url], connect: {}, kafka: undefined, protected: false },
      options,
    );
    this.#kafka = kafkaOpener({ kafka: { bootstrapServers: status.kafka.bootstrapServers } });
  }

  async run(): Promise<Omit<DemoReport, 'durationMs'>> {
    const { progress } = this.#options;
    await using source = await connectTo(this.#source);
    await using target = await connectTo(this.#target);
    await using groups = new GroupReader(this.#kafka);

    const snapshot = await progress.step('Create the shop on the source', async (update) => {
      await target.client.query('CREATE SCHEMA shop');
      const rows = await createShop(source.client);
      update(`${SHOP_TABLES.length} tables, ${rows} rows`);
      return rows;
    });
    const files = await this.#deploy(groups);

    // Changes made during the copy would be part of it instead of separate records.
    await this.#drain('Wait until the tables are copied', snapshot);
    const changes = [{ title: 'First copy of the tables', rows: snapshot }];
    for (const workload of WORKLOADS) {
      const rows = await progress.step(workload.title, async (update) => {
        const changed = await workload.run(source.client);
        update(`${thousands(changed)} changes`);
        return changed;
      });
      changes.push({ title: workload.title, rows });
    }
    const records = await this.#drain(
      'Wait until every change has arrived',
      changes.reduce((sum, change) => sum + change.rows, 0),
    );

    const before = await this.#compare('Compare every row of both databases');
    if (before.verdict !== 'equal')
      throw unexpected('the databases are not equal after the pipeline has caught up', before);
    const damage = await this.#damageAndRepair(target.client);
    const scaled = await this.#operate(groups);
    return {
      context: this.#status.context,
      kept: this.#options.keep,
      files: this.#options.keep ? files : null,
      changes,
      records,
      rows: before.tables.reduce((sum, table) => sum + (table.rows.source ?? 0), 0),
      damage,
      scaled,
    };
  }

  async #deploy(groups: GroupReader): Promise<string[]> {
    const { progress, stateFolder } = this.#options;
    const folder = path.join(sandboxFolder(stateFolder, DEMO_SANDBOX), 'connectors');
    const environment = demoVariables(this.#source, this.#target);
    const files = await progress.step('Render both connectors from their templates', async (update) => {
      const written = await writeConnectorFiles(folder, this.#source, this.#target);
      update(written.map((file) => path.basename(file)).join(', '));
      return written;
    });
    await progress.step('Validate them', async (update) => {
      const { findings, errors, warnings } = await validateFiles({
        reading: { paths: files, environment },
        store: this.#schemas,
      });
      const first = findings.find((finding) => finding.severity === 'error');
      if (first) throw new SluiceError('VALIDATION_FAILED', `${place(first)}: ${first.message}`);
      update(`${errors} errors, ${warnings} warnings`);
    });
    await progress.step('Deploy them, and wait until every task runs', async (update) => {
      const report = await deploy(await loadConnectorFiles(files, { environment }), {
        ...this.#options,
        client: this.#client,
        groups,
        secrets: (connector) => configSecrets(connector, this.#schemas),
        progress: silentProgress,
        context: this.#status.context,
        parallel: 2,
        wait: true,
        timeoutMs: STEP_TIMEOUT_MS,
        stableMs: 2_000,
        dryRun: false,
      });
      const failed = report.results.find((result) => result.error !== null);
      if (failed?.error) throw new SluiceError(failed.error.code, failed.error.message, { ...failed.error });
      update(report.results.map((result) => `${result.name} ${result.outcome}`).join(', '));
    });
    return files;
  }

  async #drain(title: string, records: number): Promise<number> {
    const kafka = await this.#kafka?.();
    if (kafka === undefined) throw new Error('the sandbox has no Kafka');
    try {
      return await this.#options.progress.step(title, (update) =>
        awaitDrained(kafka, {
          ...this.#options,
          group: sinkGroup(SINK, {}),
          records,
          timeoutMs: STEP_TIMEOUT_MS,
          update,
        }),
      );
    } finally {
      await kafka.close();
    }
  }

  #compare(title: string, repair?: DemoRepair): Promise<ReconcileReport> {
    return this.#options.progress.step(title, async (update) => {
      const report = await compareShop(this.#source, this.#target, repair, this.#options);
      update(describe(report));
      return report;
    });
  }

  async #damageAndRepair(target: Client): Promise<DemoReport['damage']> {
    const { progress } = this.#options;
    const id = await progress.step('Damage one row of the target', async (update) => {
      const damaged = await damageOneRow(target);
      update(`order ${damaged}`);
      return damaged;
    });
    const script: string[] = [];
    const found = await this.#compare('Compare again', { script });
    const table = found.tables.find((one) => one.verdict === 'different');
    const row = table?.differences[0];
    const column = row?.columns[0];
    const alone = found.tables.reduce((sum, one) => sum + differencesOf(one), 0) === 1;
    const repair = script.find((line) => line.startsWith('UPDATE'));
    if (!table || !row || !column || !repair || !alone || row.key.id !== id) {
      throw unexpected(`the comparison did not find exactly the damaged order ${id}`, found);
    }
    progress.note(`  ${repair}`);
    await this.#compare('Apply that repair', 'apply');
    const after = await this.#compare('Compare once more');
    if (after.verdict !== 'equal') throw unexpected('the databases are not equal after the repair', after);
    return {
      table: table.target,
      key: row.key,
      column: column.column,
      source: column.source ?? null,
      target: column.target ?? null,
      repair,
    };
  }

  async #operate(groups: GroupReader): Promise<DemoReport['scaled']> {
    const { progress } = this.#options;
    const options = { ...this.#options, wait: true, timeoutMs: STEP_TIMEOUT_MS };
    const change = (verb: 'pause' | 'resume') =>
      progress.step(`${verb === 'pause' ? 'Pause' : 'Resume'} the source`, async (update) => {
        const { results } = await changeState(verb, [SOURCE], this.#status.context, this.#client, options);
        const [result] = results;
        if (result?.error) throw new SluiceError(result.error.code, result.error.message);
        update(result?.outcome ?? '');
      });
    await change('pause');
    await change('resume');
    const scale = (tasks: number) =>
      progress.step(`Scale the sink to ${tasks} task${tasks === 1 ? '' : 's'}`, async (update) => {
        const report = await scaleConnector(SINK, tasks, this.#status.context, this.#client, groups, options);
        update(`${report.tasks.running} running`);
        return report.tasks.running;
      });
    return { from: SINK_TASKS, to: await scale(1), back: await scale(SINK_TASKS) };
  }
}

async function connectTo({ url }: DatabaseAddress): Promise<{ client: Client } & AsyncDisposable> {
  const { Client } = await import('pg').then((module) => module.default);
  const client = new Client({ connectionString: url });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
