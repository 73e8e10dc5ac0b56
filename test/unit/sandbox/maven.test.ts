import { describe, expect, it } from 'vitest';
import { mavenFailure, TransferProgress } from '../../../src/sandbox/maven.ts';

describe('mavenFailure', () => {
  const resolve = '[ERROR] Failed to execute goal …:unpack (debezium) on project sandbox: Unable to resolve artifact:';
  it.each([
    ['an unknown host', [`${resolve} Could not transfer artifact a:b:1 from/to central: Unknown host repo`], 12],
    ['a refused connection', [`${resolve} Connect to repo:443 failed: Connection refused`], 12],
    ['a missing artifact', [`${resolve} Could not find artifact a:b:1 in central`], 12],
    ['an offline setting', [`${resolve} Cannot access central in offline mode`], 12],
    ['a full disk', ['[ERROR] Failed to execute goal …', 'Caused by: java.io.IOException: No space left on device'], 2],
    [
      'a local repository that cannot be written',
      ['\u001b[0m[ERROR] Could not create local repository at /x -> [Help 1]'],
      2,
    ],
    ['no Java', ['The JAVA_HOME environment variable is not defined correctly,'], 2],
    ['a damaged archive', ['[ERROR] Failed to execute goal …: Error unpacking file: invalid header'], 12],
    ['silence', [], 12],
  ])('of %s has a reason, something to do and its exit code', (_name, output, exit) => {
    const error = mavenFailure(output, '/cache/sluice');
    expect(error.exitCode).toBe(exit);
    expect(error.hint).toMatch(/\w/);
  });

  it('says what Maven says, without its ornaments', () => {
    const error = mavenFailure(
      ['\u001b[0m[ERROR] Unknown host x -> [Help 1]\u001b[0m', '[ERROR] Re-run with -e'],
      '/c',
    );
    expect(error.message).toBe("Maven could not fetch the sandbox's components: Unknown host x");
  });

  it('tells network from damage', () => {
    expect(mavenFailure([`${resolve} Unknown host`], '/c')).toMatchObject({
      code: 'SANDBOX_DOWNLOAD',
      hint: expect.stringContaining('proxy'),
    });
    expect(mavenFailure(['[ERROR] Error unpacking file'], '/c').hint).toContain('~/.m2/repository');
  });

  it('masks credentials of a mirror’s URL', () => {
    const error = mavenFailure([`${resolve} from/to m (https://joe:geheim@mirror/maven): Unauthorized`], '/c');
    expect(error.message).not.toContain('geheim');
  });
});

describe('TransferProgress', () => {
  it('adds up what was fetched', () => {
    const progress = new TransferProgress();
    const from = 'central: https://repo/org/a/1';
    expect(progress.read(`[INFO] Downloading from ${from}/a-1.jar`)).toBe('0 MB in 0 files, a-1.jar');
    expect(progress.read(`[INFO] Downloaded from ${from}/a-1.jar (24 MB at 35 MB/s)`)).toBe('24 MB in 1 files');
    expect(progress.read(`[INFO] Downloaded from ${from}/a-1.pom (900 kB at 35 MB/s)`)).toBe('25 MB in 2 files');
    expect(progress.read(`[INFO] Downloaded from ${from}/b-1.pom (532 B at 3 kB/s)`)).toBe('25 MB in 3 files');
    expect(progress.read('[INFO] Expanding: /m2/x/a-1-plugin.tar.gz into /cache')).toBe('unpacking a-1-plugin.tar.gz');
    expect(progress.read('[INFO] BUILD SUCCESS')).toBeUndefined();
  });
});
