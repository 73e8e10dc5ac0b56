import { createHash } from 'node:crypto';
import type { Cells } from '../model.ts';
import type { DigestName } from '../session.ts';

const DIGESTED = 'sluice';

/**
 * The digests that the server computes correctly. In FIPS mode MySQL's MD5 returns NULL, which would make all rows
 * equal. From 9.6 on there is none: a function of that name may belong to a component or to any user, and is not
 * called.
 * @see https://dev.mysql.com/doc/refman/9.6/en/legacy-hashing-component.html
 */
export async function trustedDigests(
  query: (sql: string) => Promise<Cells[]>,
  version: string,
  mariadb: boolean,
): Promise<DigestName[]> {
  const [, major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  const own = mariadb || major < 9 || (major === 9 && minor < 6);
  const [[md5, sha256] = []] = await query(`SELECT ${own ? `MD5('${DIGESTED}')` : 'NULL'}, SHA2('${DIGESTED}', 256)`);
  const given = { md5, sha256 };
  return (['md5', 'sha256'] as const).filter((by) => given[by] === createHash(by).update(DIGESTED).digest('hex'));
}
