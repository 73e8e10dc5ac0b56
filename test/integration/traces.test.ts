import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSource } from '../helpers/connectors.ts';
import { TestTopics } from '../helpers/dead-letters.ts';
import { eventually, PipelineConnectors } from '../helpers/pipeline-connectors.ts';
import type { Program } from '../helpers/prometheus.ts';
import { rotel, startRotel } from '../helpers/rotel.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';

const receiver = await rotel();
const title = `traces over OTLP${'reason' in receiver ? ` (skipped: ${receiver.reason})` : ''}`;

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string };
}

interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** 1: internal, 3: client */
  kind: number;
  attributes: Attribute[];
  status: { code: number; message: string };
}

describe.skipIf('reason' in receiver)(title, () => {
  const id = `traces${Date.now().toString(36)}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-traces-'));
  const topics = new TestTopics();
  const connectors = new PipelineConnectors(sandbox.connectUrl);
  const PARENT = 'b7ad6b7169203331';
  let agent: Program;
  let raw = '';

  /** A run in a trace of its own. @returns the spans that arrived, once that of the command has */
  async function traced(traceId: string, args: string[]) {
    const run = await sluiceOnSandbox(args, {
      cwd: folder,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: agent.url, TRACEPARENT: `00-${traceId}-${PARENT}-01` },
    });
    const spans = await eventually(
      async () => {
        const found = (await received()).filter((span) => span.traceId === traceId);
        return found.some(({ name }) => name.startsWith('sluice ')) ? found : undefined;
      },
      () => `no span of ${args.join(' ')} arrived; it ended with ${run.code}: ${run.stderr}`,
    );
    return { ...run, spans };
  }

  async function received(): Promise<ReceivedSpan[]> {
    const records = await topics.read(id).catch(() => []);
    raw = records.map(({ value }) => String(value)).join('\n');
    return records.flatMap(({ value }) =>
      (JSON.parse(String(value)) as { scopeSpans: { spans: ReceivedSpan[] }[] }[]).flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) => spans),
      ),
    );
  }

  const attributesOf = ({ attributes }: ReceivedSpan) =>
    Object.fromEntries(
      attributes.map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? Number(intValue)]),
    );

  beforeAll(async () => {
    await topics.create(id);
    agent = await startRotel('agent' in receiver ? receiver.agent : '', {
      ...{ folder, topic: id, bootstrapServers: sandbox.bootstrapServers },
    });
  });

  afterAll(async () => {
    await agent?.stop();
    for (const name of connectors.names) await connectors.delete(name);
    await topics.removeAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('show a deploy with its steps and its writes, as a part of the pipeline that started it', async () => {
    const config = fileSource(path.join(folder, 'in.txt'), `${id}-lines`, { 'x.password': 'geheim-in-the-file' });
    writeFileSync(path.join(folder, 'in.txt'), '');
    writeFileSync(path.join(folder, `${id}.json`), JSON.stringify({ name: id, config }));
    connectors.add(id);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const { code, spans } = await traced(traceId, ['deploy', `${id}.json`, '--stable', '100ms']);
    expect(code).toBe(0);
    const root = spans.find(({ name }) => name === 'sluice deploy');
    expect(root).toMatchObject({ parentSpanId: PARENT, kind: 1, status: { code: 0 } });
    expect(attributesOf(root as ReceivedSpan)).toEqual({
      'process.executable.name': 'sluice',
      'process.pid': expect.any(Number),
      'process.exit.code': 0,
      'sluice.context': sandbox.context,
    });
    const write = spans.find(({ name }) => name === 'Write 1 connector');
    expect(write).toMatchObject({ parentSpanId: root?.spanId, kind: 1 });
    const call = spans.find(({ name, parentSpanId }) => name === 'POST' && parentSpanId === write?.spanId);
    expect(call).toMatchObject({ kind: 3, status: { code: 0 } });
    const { hostname, port } = new URL(sandbox.connectUrl);
    expect(attributesOf(call as ReceivedSpan)).toEqual({
      'http.request.method': 'POST',
      'url.full': `${sandbox.connectUrl}/connectors`,
      'server.address': hostname,
      'server.port': Number(port),
      'http.response.status_code': 201,
    });
    expect(raw).not.toContain('geheim');
  });

  it('show a comparison with its tables, and why a run failed, without its message', async () => {
    const missing = ['reconcile', `${id}_a`, '--source', sandbox.source.url, '--target', sandbox.target.url];
    const { code, spans } = await traced('1af7651916cd43dd8448eb211c80319c', missing);
    expect(code).not.toBe(0);
    const root = spans.find(({ name }) => name === 'sluice reconcile') as ReceivedSpan;
    expect(root.status.code).toBe(2);
    expect(attributesOf(root)).toMatchObject({ 'process.exit.code': code, 'error.type': expect.any(String) });
    const equal = ['reconcile', 'pg_catalog.pg_am', '--source', sandbox.source.url, '--target', sandbox.target.url];
    const compared = await traced('2af7651916cd43dd8448eb211c80319c', equal);
    expect(compared.spans.map(({ name }) => name)).toContain('pg_catalog.pg_am');
    expect(raw).not.toContain(sandbox.source.url);
  });

  it('cost nothing if nobody asks: no variable, switched off, and for other commands', async () => {
    const before = (await received()).length;
    for (const env of [
      { OTEL_EXPORTER_OTLP_ENDPOINT: undefined },
      { OTEL_EXPORTER_OTLP_ENDPOINT: agent.url, OTEL_SDK_DISABLED: 'true' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: agent.url, OTEL_TRACES_EXPORTER: 'none' },
    ]) {
      const { code } = await sluiceOnSandbox(['deploy', `${id}.json`, '--dry-run'], { cwd: folder, env });
      expect(code).toBe(0);
    }
    await sluiceOnSandbox(['status', id], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: agent.url } });
    // What the runs above had sent would have arrived before this.
    const last = await traced('3af7651916cd43dd8448eb211c80319c', ['deploy', `${id}.json`, '--dry-run']);
    expect((await received()).length).toBe(before + last.spans.length);
  });
});
