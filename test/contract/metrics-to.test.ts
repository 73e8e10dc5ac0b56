import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sluice } from '../helpers/run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-metrics-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  path.join(folder, 'good.yaml'),
  'name: s\nconfig:\n  connector.class: org.apache.kafka.connect.file.FileStreamSourceConnector\n  topic: t\n  file: /x\n',
);
writeFileSync(path.join(folder, 'bad.yaml'), 'name: b\nconfig: {}\n');

describe('--metrics-to', () => {
  const run = (...args: string[]) => sluice(args, { cwd: folder });
  const written = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  const value = (text: string, series: string) => text.split('\n').find((line) => line.startsWith(`${series} `));

  it('writes what a run found, how it ended and how long it took, and replaces that of the run before', async () => {
    const bad = await run('validate', 'bad.yaml', '--metrics-to', 'textfile:lint.prom');
    expect(bad.code).toBe(11);
    const text = written('lint.prom');
    const labels = 'run="lint",command="validate"';
    expect(value(text, `sluice_run_exit_code{${labels}}`)).toMatch(/ 11$/);
    expect(value(text, `sluice_run_success{${labels}}`)).toMatch(/ 0$/);
    expect(value(text, `sluice_run_outcome{${labels},outcome="invalid"}`)).toMatch(/ 1$/);
    expect(value(text, `sluice_run_outcome{${labels},outcome="ok"}`)).toMatch(/ 0$/);
    expect(value(text, `sluice_validate_findings{${labels},severity="error"}`)).toMatch(/ [1-9]\d*$/);
    const ended = Number(/ ([\d.]+)$/.exec(value(text, `sluice_run_timestamp_seconds{${labels}}`) ?? '')?.[1]);
    expect(new Date(ended * 1000).getUTCFullYear()).toBe(new Date().getUTCFullYear());
    const good = await run('validate', 'good.yaml', '--metrics-to', 'textfile:lint.prom', '--json');
    expect(good.code).toBe(0);
    expect(value(written('lint.prom'), `sluice_run_success{${labels}}`)).toMatch(/ 1$/);
    // No part of a file is left.
    expect(readdirSync(folder).sort()).toEqual(['bad.yaml', 'good.yaml', 'lint.prom']);
  });

  it('writes them of a run that fails, too, with its context', async () => {
    const { code } = await run('status', '--connect-url', 'http://127.0.0.1:1', '--metrics-to', 'textfile:away.prom');
    expect(code).toBe(12);
    const labels = 'run="away",command="status",context="http://127.0.0.1:1"';
    expect(value(written('away.prom'), `sluice_run_outcome{${labels},outcome="unreachable"}`)).toMatch(/ 1$/);
  });

  it('warns if a gateway is away, without its password, and ends as the run does', async () => {
    const to = 'http://u:geheim@127.0.0.1:1';
    const good = await run('validate', 'good.yaml', '--metrics-to', to, '--verbose');
    expect(good.code).toBe(0);
    expect(good.stderr).toContain(
      'Warning: the metrics of this run were not sent: http://127.0.0.1:1 did not answer (ECONNREFUSED)',
    );
    const bad = await run('validate', 'bad.yaml', '--metrics-to', to);
    expect(bad.code).toBe(11);
    for (const { stderr, stdout } of [good, bad]) expect(stderr + stdout).not.toContain('geheim');
  });

  it.each([
    ['nowhere', 'needs textfile:FILE.prom, or the URL of a Pushgateway'],
    ['textfile:x.txt', 'needs a file whose name ends in .prom'],
    ['textfile:no/x.prom', 'metrics cannot be written: ENOENT'],
  ])('is an error before anything is done: %s', async (to, message) => {
    const { code, stdout, stderr } = await run('validate', 'good.yaml', '--metrics-to', to);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('is not for a watch, which has no end', async () => {
    const { code, stderr } = await run('status', '--watch', '--metrics-to', 'textfile:watch.prom');
    expect(code).toBe(2);
    expect(stderr).toContain('--watch');
  });
});
