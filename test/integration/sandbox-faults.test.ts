import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSandboxRecord } from '../../src/config/sandbox-record.ts';
import { script, temporaryFolder } from '../helpers/programs.ts';
import { type RunResult, sluice } from '../helpers/run.ts';

const { folder, remove } = temporaryFolder('sandbox-faults');
afterAll(remove);

const state = path.join(folder, 'state');
const JAVA_17 = 'case "$*" in *-version*) echo \'openjdk version "17.0.1"\' >&2; exit 0;; *StorageTool*) exit 0;; esac';

function java(name: string, ...lines: string[]): string {
  script(path.join(folder, name, 'bin', 'java'), ...lines);
  return path.join(folder, name);
}

function up(env: Record<string, string | undefined>, ...more: string[]): Promise<RunResult> {
  return sluice(['sandbox', 'up', '--name', 'faulty', '--json', ...more], { env: { SLUICE_STATE_DIR: state, ...env } });
}

function errorOf(result: RunResult): { code: string; message: string; hint: string } {
  return JSON.parse(result.stdout).error;
}

function nothingRuns(): void {
  expect(readSandboxRecord(state, 'faulty')?.parts ?? {}).toEqual({});
}

const working = java('java17', JAVA_17, 'exit 1');

describe('sandbox up without what it needs', () => {
  it.each([
    ['no Java', { JAVA_HOME: undefined, PATH: folder }, /Java was not found/],
    ['an old Java', { JAVA_HOME: java('java8', 'echo \'java version "1.8.0_392"\' >&2') }, /is Java 8/],
    ['a JAVA_HOME that is none', { JAVA_HOME: path.join(folder, 'none') }, /from JAVA_HOME/],
    [
      'no Maven',
      { JAVA_HOME: working, PATH: '/nowhere', SLUICE_CACHE_DIR: path.join(folder, 'empty') },
      /Maven was not found/,
    ],
  ])('%s: exit 2, with what to install', async (_name, env, message) => {
    const result = await up(env);
    expect(result.code).toBe(2);
    expect(errorOf(result)).toMatchObject({
      code: 'SANDBOX_REQUIREMENT',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/Install|install/),
    });
    nothingRuns();
  });

  it.each(['SLUICE_STATE_DIR', 'SLUICE_CACHE_DIR'])('a %s that Kafka cannot have: exit 2', async (variable) => {
    const result = await up({ [variable]: path.join(folder, 'a,b') });
    expect(result.code).toBe(2);
    expect(errorOf(result)).toMatchObject({ code: 'SANDBOX_UNSUPPORTED', hint: expect.stringContaining(variable) });
  });

  it('an invalid name: exit 2', async () => {
    const result = await sluice(['sandbox', 'up', '--name', '../x', '--json']);
    expect([result.code, errorOf(result).code]).toEqual([2, 'REQUEST_INVALID']);
  });
});

describe('sandbox up when the components cannot be fetched', () => {
  function maven(name: string, ...lines: string[]): Record<string, string> {
    const bin = path.join(folder, name);
    script(path.join(bin, 'mvn'), ...lines);
    return {
      JAVA_HOME: working,
      PATH: `${bin}:${process.env.PATH}`,
      SLUICE_CACHE_DIR: path.join(folder, `${name}-cache`),
    };
  }

  it.each([
    ['offline', 'Could not transfer artifact a:b:1 from/to central: Unknown host', 12, 'SANDBOX_DOWNLOAD'],
    ['a full disk', 'java.io.IOException: No space left on device', 2, 'SANDBOX_DISK_FULL'],
  ])('%s', async (name, message, exit, code) => {
    const result = await up(maven(name.replace(' ', '-'), `echo "[ERROR] ${message}"; exit 1`));
    expect(result.code).toBe(exit);
    expect(errorOf(result)).toMatchObject({ code, hint: expect.stringMatching(/\w/) });
    nothingRuns();
  });

  it('a cache that cannot be written: exit 2', async () => {
    const cache = path.join(folder, 'read-only');
    mkdirSync(cache);
    chmodSync(cache, 0o500);
    // Modes do not hold root back; the kernel's own file system does.
    const SLUICE_CACHE_DIR = process.getuid?.() === 0 ? '/sys/sluice' : cache;
    const result = await up({ ...maven('never', 'exit 1'), SLUICE_CACHE_DIR });
    expect(result.code).toBe(2);
    expect(errorOf(result)).toMatchObject({ code: 'SANDBOX_CACHE', hint: expect.stringContaining('SLUICE_CACHE_DIR') });
    expect(readdirSync(cache)).toEqual([]);
    nothingRuns();
  });
});

describe('sandbox up when a component dies', () => {
  it('shows the end of its log, secrets masked, and stops the others', async () => {
    const JAVA_HOME = java('dying', JAVA_17, 'echo "FATAL bad sasl.password=geheim"; exit 1');
    const result = await up({ JAVA_HOME });
    expect(result.code).toBe(13);
    const { code, message, hint } = errorOf(result);
    expect(code).toBe('SANDBOX_START');
    expect(message).toContain('Kafka broker ended while it was starting\n    FATAL bad sasl.password=****');
    expect(hint).toContain(path.join('faulty', 'logs', 'broker.log'));
    expect(result.stdout + result.stderr).not.toContain('geheim');
    nothingRuns();
  });

  it('says that the disk is full: exit 2', async () => {
    const JAVA_HOME = java('full', JAVA_17, 'echo "java.io.IOException: No space left on device"; exit 1');
    const result = await up({ JAVA_HOME });
    expect([result.code, errorOf(result).code]).toEqual([2, 'SANDBOX_DISK_FULL']);
    nothingRuns();
  });

  it('says that a part cannot be set up', async () => {
    const JAVA_HOME = java(
      'unformatted',
      JAVA_17.replace('*StorageTool*) exit 0;; ', ''),
      'echo "no such cluster"; exit 3',
    );
    const result = await sluice(['sandbox', 'up', '--name', 'raw', '--json'], {
      env: { SLUICE_STATE_DIR: state, JAVA_HOME },
    });
    expect(result.code).toBe(13);
    expect(errorOf(result).message).toContain('Kafka broker cannot be set up\n    no such cluster');
  });

  it('gives up in time: exit 15', async () => {
    const JAVA_HOME = java('hanging', JAVA_17, 'exec sleep 300');
    const result = await up({ JAVA_HOME }, '--timeout', '2s');
    expect(result.code).toBe(15);
    expect(errorOf(result)).toMatchObject({ code: 'TIMED_OUT', hint: expect.stringContaining('--timeout') });
    nothingRuns();
  });
});
