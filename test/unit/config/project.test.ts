import { chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkProject, findProjectFile, readProject } from '../../../src/config/project.ts';

describe.skipIf(process.platform === 'win32')('a project file of another user', () => {
  let folder: string;
  let below: string;
  const file = () => path.join(folder, 'sluice.yaml');
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-owner-'));
    below = path.join(folder, 'below');
    mkdirSync(below);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  const STRANGER = 65_534;
  /** Root can give files away; anyone else is another user than the one that made them. */
  const give = (away: () => void) => {
    if (process.geteuid?.() === 0) away();
    else vi.spyOn(process, 'geteuid').mockReturnValue(STRANGER);
  };
  const untrusted = expect.objectContaining({ code: 'PROJECT_UNTRUSTED', hint: expect.stringContaining('`project: ') });

  it('is refused above the folder, and found in it', () => {
    writeFileSync(file(), 'version: 1\n');
    expect(findProjectFile(below)).toBe(file());
    give(() => chownSync(file(), STRANGER, STRANGER));
    expect(() => findProjectFile(below)).toThrowError(untrusted);
    expect(findProjectFile(folder)).toBe(file());
  });

  it('is read if it is named', async () => {
    writeFileSync(file(), 'version: 1\n');
    give(() => chownSync(file(), STRANGER, STRANGER));
    expect(await readProject(file())).toMatchObject({ folder });
  });

  it('is one, too, if only the link is theirs', () => {
    const own = path.join(below, 'own.yaml');
    writeFileSync(own, 'version: 1\n');
    symlinkSync(own, file());
    expect(findProjectFile(below)).toBe(file());
    give(() => lchownSync(file(), STRANGER, STRANGER));
    expect(() => findProjectFile(below)).toThrowError(untrusted);
  });
});

describe('a project file that cannot be read', () => {
  it('has a hint that fits', async () => {
    await expect(readProject(tmpdir())).rejects.toMatchObject({ hint: 'Name another file with `project`.' });
  });

  it('is one above 1 MiB: it is not parsed', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-large-'));
    const file = path.join(folder, 'sluice.yaml');
    try {
      writeFileSync(file, `version: 1\n#${'x'.repeat(1024 * 1024)}\n`);
      await expect(readProject(file)).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining('it is larger than 1 MiB'),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a project file', () => {
  const letters = [...'abcdefgh'];
  const flood = letters
    .map((name, index) => `${name}: &${name} [${Array(10).fill(index === 0 ? 'x' : `*${letters[index - 1]}`)}]`)
    .join('\n');
  it.each([
    ['an alias without its anchor', 'version: *a'],
    ['a flood of aliases', `version: 1\n${flood}`],
    ['brackets without end', `version: 1\nx: ${'['.repeat(5000)}`],
    ['nothing', ''],
    ['a certificate without its key', 'version: 1\ncontexts: {a: {kafka: {bootstrapServers: k, tls: {cert: c.pem}}}}'],
    [
      "a worker's key without its certificate",
      'version: 1\ncontexts: {a: {connect: {url: http://w, tls: {key: k.pem}}}}',
    ],
  ])('with %s is not valid', async (_what, text) => {
    await expect(checkProject(text, 'sluice.yaml')).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      message: expect.stringMatching(/^sluice\.yaml:/),
    });
  });
});

describe('what is wrong in sluice.yaml', () => {
  const head = 'version: 1\n';

  it.each([
    [
      'alerts: { rules: [{ kind: lagg }] }',
      /:2:27: alerts\.rules\.0\.kind must be one of: worker-away, .*, lag, .*certificate/,
      'Did you mean lag?',
    ],
    [
      'alerts: { rules: [{ kind: lag, severity: fatal }] }',
      /rules\.0\.severity must be one of: info, warning, critical$/,
      'schemas editor',
    ],
    ['serve: { heal: { restarts: -1 } }', /:2:28: serve\.heal\.restarts must be >= 1$/, 'schemas editor'],
    ['serve: { heal: { jitter: 5 } }', /serve\.heal\.jitter must be <= 1$/, 'schemas editor'],
    ['serve: { heal: { restart: 3 } }', /serve\.heal has an unknown key "restart"$/, 'Did you mean restarts?'],
    [
      'serve: { heal: { connectors: [{ enabled: false }] } }',
      /serve\.heal\.connectors\.0 must have required property 'match'$/,
      'schemas editor',
    ],
    ['alerts: { receivers: { x: { teams: y } } }', /receivers\.x has an unknown key "teams"$/, 'The keys are: webhook'],
  ])('is reported with its place: %s', async (text, message, hint) => {
    await expect(checkProject(`${head}${text}\n`, 'sluice.yaml')).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      message: expect.stringMatching(message),
      hint: expect.stringContaining(hint),
    });
  });
});
