import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkMariadb, postgresPlatform, thisMachine } from '../../../src/sandbox/platform.ts';
import { checkUnpackers, findJava, findMaven, javaVersion, onPath } from '../../../src/sandbox/requirements.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-requirements-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, script: string, mode = 0o755): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode });
  return file;
}

describe('javaVersion', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_392"', 8],
    ['openjdk version "21-ea" 2023-09-19', 21],
    ['openjdk version "25" 2025-09-16', 25],
    ['Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version "17.0.1"', 17],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
  ])('%s → %s', (banner, version) => expect(javaVersion(banner)).toBe(version));
});

describe('findJava', () => {
  it('takes JAVA_HOME’s, else the first on PATH', async () => {
    const onHome = program('home/bin/java', 'echo \'openjdk version "21.0.1"\' >&2');
    const first = program('one/java', 'echo \'openjdk version "17.0.1"\' >&2');
    const PATH = `${path.dirname(first)}:/usr/bin`;
    expect(await findJava({ PATH })).toBe(first);
    expect(await findJava({ PATH, JAVA_HOME: path.join(folder, 'home') })).toBe(onHome);
  });

  it.each([
    ['none', { PATH: path.join(folder, 'empty') }, /not found/],
    ['a JAVA_HOME without one', { PATH: '/usr/bin', JAVA_HOME: path.join(folder, 'nowhere') }, /from JAVA_HOME/],
    [
      'an old one',
      { PATH: path.dirname(program('old/java', 'echo \'java version "1.8.0_392"\' >&2')) },
      /needs Java 17 or newer; .* is Java 8/,
    ],
    ['one that fails', { PATH: path.dirname(program('broken/java', 'exit 1')) }, /does not run/],
    ['one that says nothing', { PATH: path.dirname(program('mute/java', 'exit 0')) }, /unknown version/],
  ])('explains %s', async (_name, environment, message) => {
    await expect(findJava(environment)).rejects.toMatchObject({
      code: 'SANDBOX_REQUIREMENT',
      exitCode: 2,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('Install Java 17'),
    });
  });
});

describe('the other programs', () => {
  it('are found if they can be executed', () => {
    program('plain/mvn', '', 0o644);
    const maven = program('maven/mvn', '');
    const PATH = [path.join(folder, 'plain'), path.join(folder, 'maven')].join(':');
    expect(onPath('mvn', { PATH })).toBe(maven);
    expect(findMaven({ PATH })).toBe(maven);
  });

  it('are named if they are missing', () => {
    expect(() => findMaven({ PATH: '' })).toThrow(
      expect.objectContaining({ code: 'SANDBOX_REQUIREMENT', exitCode: 2, hint: expect.stringContaining('maven') }),
    );
    program('tar/tar', '');
    expect(() => checkUnpackers({ PATH: path.join(folder, 'tar') }, 'linux')).toThrow(/^xz not found/);
    expect(() => checkUnpackers({}, 'linux')).toThrow(/^tar and xz not found/);
    expect(() => checkUnpackers({ PATH: path.join(folder, 'tar') }, 'darwin')).not.toThrow();
  });
});

describe('platforms', () => {
  it.each([
    ['linux', 'x64', true, 'linux-amd64'],
    ['linux', 'x64', false, 'linux-amd64-alpine'],
    ['linux', 'arm64', true, 'linux-arm64v8'],
    ['darwin', 'x64', false, 'darwin-amd64'],
    ['darwin', 'arm64', false, 'darwin-arm64v8'],
  ] as const)('%s %s (glibc: %s) runs PostgreSQL’s %s', (platform, arch, glibc, artifact) => {
    expect(postgresPlatform({ platform, arch, glibc })).toBe(artifact);
  });

  it.each([
    ['win32', 'x64', false],
    ['linux', 's390x', true],
    ['linux', 'arm64', false],
    ['freebsd', 'x64', false],
  ] as const)('%s %s (glibc: %s) has no sandbox', (platform, arch, glibc) => {
    expect(() => postgresPlatform({ platform, arch, glibc })).toThrow(
      expect.objectContaining({ code: 'SANDBOX_UNSUPPORTED', exitCode: 2 }),
    );
  });

  it.each([
    ['darwin', 'arm64', false],
    ['linux', 'arm64', true],
    ['linux', 'x64', false],
  ] as const)('%s %s (glibc: %s) has no MariaDB', (platform, arch, glibc) => {
    expect(() => checkMariadb({ platform, arch, glibc })).toThrow(/no MariaDB .* on/);
  });

  it('knows this machine', () => {
    expect(thisMachine()).toMatchObject({ platform: process.platform, arch: process.arch });
  });
});
