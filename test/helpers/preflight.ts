import { expect } from 'vitest';
import type { PreflightFinding, PreflightReport } from '../../src/preflight/model.ts';
import { workFolder } from './connectors.ts';
import { sluice } from './run.ts';
import { parseDocument } from './schema.ts';

export type Config = Record<string, string | number>;

/** Of every account that a test creates; no output may have it. */
export const PASSWORD = 'preflight-hunter22';
export const env = { PREFLIGHT_PASSWORD: PASSWORD };

/** A folder of connector files, and the command that checks their databases. */
export function preflightFolder(name: string) {
  const folder = workFolder(name);
  return {
    folder,
    write: (file: string, config: Config) => folder.write(`${file}.json`, JSON.stringify({ name: file, config })),
  };
}

export async function check(files: string[], ...flags: string[]) {
  const { code, stdout, stderr } = await sluice(['preflight', ...files, ...flags, '--json'], { env });
  expect(stdout + stderr).not.toContain(PASSWORD);
  const report = parseDocument<PreflightReport & Record<string, unknown>>(stdout, 'preflight');
  const found = (id: string) => report.findings.filter((finding) => finding.check === id);
  return { code, report, found, checks: [...new Set(report.findings.map((finding) => finding.check))].sort() };
}

/** Runs the statements of findings, as somebody who may. */
export async function fix(
  findings: readonly PreflightFinding[],
  run: (sql: string) => Promise<unknown>,
): Promise<void> {
  for (const { statement, check: id } of findings) {
    if (statement === null) throw new Error(`${id} has no statement`);
    await run(statement);
  }
}
