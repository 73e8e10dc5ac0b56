import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareOne, engine, found, useMariadb, WITHOUT_MARIADB } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const PACKET = 2 * 1024 * 1024;
const USUAL = 64 * 1024 * 1024;

/** What the server puts together is NULL, or an empty text, where it is longer than max_allowed_packet, with a warning only. */
describe.skipIf(sandbox.mariadb === undefined)(
  `rows of ${engine} whose text is longer than max_allowed_packet (${WITHOUT_MARIADB})`,
  () => {
    const writer = useMariadb();
    const source = useMariadb();

    beforeAll(async () => {
      // Longer values can be stored while the limit is higher.
      await writer.run(`SET GLOBAL max_allowed_packet = ${USUAL}`);
      for (const table of ['rec_long', 'rec_long_copy']) {
        await source.run(
          `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id int PRIMARY KEY, a longtext, b longtext, j json)`,
        );
      }
      await writer.run(`SET GLOBAL max_allowed_packet = ${PACKET}`);
    });

    afterAll(async () => {
      await writer.run(`SET GLOBAL max_allowed_packet = ${USUAL}`);
      await source.run('DROP TABLE IF EXISTS rec_long, rec_long_copy');
    });

    const fill = async (source_: string, copy: string) => {
      for (const [table, row] of [
        ['rec_long', source_],
        ['rec_long_copy', copy],
      ]) {
        await source.run(`DELETE FROM ${table}; INSERT INTO ${table} VALUES (1, 'x', 'y', '{}'), ${row}`);
      }
    };
    const compared = (options: Parameters<typeof compareOne>[3] = {}) =>
      compareOne(source, source, 'rec_long=rec_long_copy', { ...options });

    it('differ, and are not called equal for having no hash', async () => {
      const long = `REPEAT('a', ${0.75 * PACKET})`;
      await fill(`(2, ${long}, ${long}, '{}')`, `(2, ${long}, CONCAT(${long}, 'b'), '{}')`);
      for (const hash of ['md5', 'md5-128'] as const)
        await expect(compared({ hash })).rejects.toThrow('longer than max_allowed_packet');
    });

    it('can be compared without the long columns', async () => {
      const long = `REPEAT('a', ${0.75 * PACKET})`;
      await fill(`(2, ${long}, ${long}, '{}')`, `(2, ${long}, ${long}, '[]')`);
      expect(found(await compared({ ignore: ['a', 'b'] }))).toEqual(['different 2 j']);
    });

    it('a JSON document that is longer is not an empty one', async () => {
      const document = (letter: string) => `CONCAT('["', REPEAT('${letter}', ${PACKET}), '"]')`;
      await fill(`(2, 'x', 'y', ${document('a')})`, `(2, 'x', 'y', ${document('b')})`);
      await expect(compared()).rejects.toThrow('longer than max_allowed_packet');
    });

    it('those that just fit are compared', async () => {
      const fits = `REPEAT('a', ${PACKET / 2 - 100})`;
      await fill(`(2, ${fits}, ${fits}, '{}')`, `(2, ${fits}, CONCAT(${fits}, 'b'), '{}')`);
      expect(found(await compared())).toEqual(['different 2 b']);
    });
  },
);
