import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantee, readGrants } from '../../../../src/databases/mysql/grants.ts';

describe('grants of MySQL and MariaDB', () => {
  it.each<[string, string[], [privilege: string, database?: string, table?: string][], boolean]>([
    ['on the server', ['GRANT RELOAD, REPLICATION SLAVE ON *.* TO `d`@`%`'], [['RELOAD'], ['REPLICATION SLAVE']], true],
    ['on the server count for every table', ['GRANT SELECT ON *.* TO `d`@`%`'], [['SELECT', 'shop', 'orders']], true],
    ["MariaDB's own name", ['GRANT BINLOG MONITOR ON *.* TO `d`@`%`'], [['REPLICATION CLIENT']], true],
    [
      'all',
      ["GRANT ALL PRIVILEGES ON *.* TO `d`@`%` IDENTIFIED BY PASSWORD '*E1' WITH GRANT OPTION"],
      [['RELOAD'], ['SELECT', 'a', 'b']],
      true,
    ],
    [
      'all on a database',
      ['GRANT ALL PRIVILEGES ON `shop`.* TO `d`@`%`'],
      [
        ['SELECT', 'shop', 'x'],
        ['CREATE', 'shop'],
      ],
      true,
    ],
    [
      'all on a database are none on the server',
      ['GRANT ALL PRIVILEGES ON `shop`.* TO `d`@`%`'],
      [['RELOAD'], ['SELECT', 'other', 'x']],
      false,
    ],
    ['on a table', ['GRANT SELECT, INSERT ON `shop`.`orders` TO `d`@`%`'], [['INSERT', 'shop', 'orders']], true],
    [
      'on a table are none on another',
      ['GRANT SELECT ON `shop`.`orders` TO `d`@`%`'],
      [
        ['SELECT', 'shop', 'lines'],
        ['SELECT', 'shop'],
      ],
      false,
    ],
    [
      'on a pattern of databases',
      ['GRANT SELECT ON `shop_%`.* TO `d`@`%`'],
      [
        ['SELECT', 'shop_eu', 'x'],
        ['SELECT', 'shop1eu', 'x'],
      ],
      true,
    ],
    ['on an escaped name', ['GRANT SELECT ON `shop\\_eu`.* TO `d`@`%`'], [['SELECT', 'shop_eu', 'x']], true],
    [
      'on an escaped name are none on one like it',
      ['GRANT SELECT ON `shop\\_eu`.* TO `d`@`%`'],
      [['SELECT', 'shop1eu', 'x']],
      false,
    ],
    ['with a quote in the name', ['GRANT SELECT ON `a``b`.`c.d` TO `d`@`%`'], [['SELECT', 'a`b', 'c.d']], true],
    [
      'on columns count as none',
      ['GRANT SELECT (`id`, `total`) ON `shop`.`orders` TO `d`@`%`'],
      [['SELECT', 'shop', 'orders']],
      false,
    ],
    [
      'on columns beside whole ones',
      ['GRANT SELECT (`id`), INSERT ON `shop`.`orders` TO `d`@`%`'],
      [['INSERT', 'shop', 'orders']],
      true,
    ],
    [
      'on the server, of which some databases are taken away again',
      ['GRANT SELECT, INSERT ON *.* TO `d`@`%`', 'REVOKE SELECT ON `pay``roll`.* FROM `d`@`%`'],
      [
        ['SELECT', 'pay`roll', 'x'],
        ['SELECT', 'pay`roll'],
      ],
      false,
    ],
    [
      'on the server and on a database that is taken away from those on the server',
      [
        'GRANT SELECT, INSERT ON *.* TO `d`@`%`',
        'REVOKE SELECT ON `a`.* FROM `d`@`%`',
        'GRANT SELECT ON `a`.`t` TO `d`@`%`',
      ],
      [
        ['SELECT', 'a', 't'],
        ['INSERT', 'a', 'x'],
        ['SELECT', 'b', 'x'],
      ],
      true,
    ],
    ["MySQL's part of RELOAD", ['GRANT FLUSH_TABLES ON *.* TO `d`@`%`'], [['RELOAD']], true],
    ['none', ['GRANT USAGE ON *.* TO `d`@`%`'], [['SELECT', 'a', 'b'], ['RELOAD']], false],
  ])('%s', (_what, lines, asked, expected) => {
    const grants = readGrants(lines);
    for (const [privilege, database, table] of asked) {
      expect([privilege, database, table, grants.has(privilege, database, table)]).toEqual([
        privilege,
        database,
        table,
        expected,
      ]);
    }
  });

  it('names roles, which are granted on nothing', () => {
    expect(readGrants(['GRANT `reader`@`%`,`writer`@`%` TO `d`@`%`', 'GRANT SELECT ON *.* TO `d`@`%`']).roles).toEqual([
      '`reader`@`%`',
      '`writer`@`%`',
    ]);
  });

  it('of any one table are held on that table, and on no other', () => {
    const name = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => !/[%_\\]/.test(text));
    const quoted = (text: string) => `\`${text.replaceAll('`', '``')}\``;
    const settings = { numRuns: 1000 };
    fc.assert(
      fc.property(name, name, name, (database, table, other) => {
        const grants = readGrants([`GRANT SELECT ON ${quoted(database)}.${quoted(table)} TO \`d\`@\`%\``]);
        expect(grants.has('SELECT', database, table)).toBe(true);
        if (other !== table) expect(grants.has('SELECT', database, other)).toBe(false);
      }),
      settings,
    );
  });

  it('go to an account, whose host is behind the last @', () => {
    expect(grantee('debezium@%')).toBe("'debezium'@'%'");
    expect(grantee("o'neil@corp@10.0.%")).toBe("'o''neil@corp'@'10.0.%'");
  });
});
