import { listItems } from '../../text/lists.ts';
import { literal } from '../literals.ts';

interface Grant {
  privileges: ReadonlySet<string>;
  /** Null for all; a pattern of LIKE otherwise. */
  database: string | null;
  table: string | null;
}

/** What `SHOW GRANTS` says a user may do. */
export interface MysqlGrants {
  /** True if a privilege is held on the whole server or, if given, on the database or table. */
  has(privilege: string, database?: string, table?: string): boolean;
  /** Roles that were granted, as they were written. */
  roles: string[];
}

const NAME = String.raw`(?:\*|\`(?:[^\`]|\`\`)*\`|[\w$]+)`;
const LINE = new RegExp(`^GRANT (?<privileges>.+?) ON (?:TABLE )?(?<database>${NAME})\\.(?<table>${NAME}) TO `, 'is');
/** What MySQL's partial_revokes removes from a server-wide privilege. */
const REVOKED = new RegExp(`^REVOKE (?<privileges>.+?) ON (?<database>${NAME})\\.\\* FROM `, 'is');
const ROLE = /^GRANT (?<roles>[^()]+?) TO /i;

/**
 * Reads the lines of `SHOW GRANTS` of MySQL and MariaDB. Pure. Column privileges count as none: a snapshot reads rows.
 * @see https://dev.mysql.com/doc/refman/8.4/en/show-grants.html
 */
export function readGrants(lines: readonly string[]): MysqlGrants {
  const grants: Grant[] = [];
  const revoked: Grant[] = [];
  const roles: string[] = [];
  for (const line of lines) {
    const off = REVOKED.exec(line)?.groups;
    if (off !== undefined) {
      const database = bare(off['database'] ?? '');
      revoked.push({ privileges: privilegesOf(off['privileges'] ?? ''), database, table: null });
      continue;
    }
    const on = LINE.exec(line)?.groups;
    if (on === undefined) {
      roles.push(...listItems(ROLE.exec(line)?.groups?.['roles']));
      continue;
    }
    grants.push({
      privileges: privilegesOf(on['privileges'] ?? ''),
      database: bare(on['database'] ?? ''),
      table: bare(on['table'] ?? ''),
    });
  }
  return {
    roles,
    has: (privilege, database, table) =>
      grants.some(
        (grant) =>
          holds(grant.privileges, privilege) &&
          matches(grant.database, database) &&
          matchesName(grant.table, table) &&
          !(
            grant.database === null &&
            revoked.some((one) => holds(one.privileges, privilege) && one.database === database)
          ),
      ),
  };
}

/** Other privileges that suffice; MariaDB 10.5 split REPLICATION CLIENT, MySQL 8.0 RELOAD. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  'REPLICATION CLIENT': ['BINLOG MONITOR', 'SUPER'],
  RELOAD: ['FLUSH_TABLES'],
};

function holds(privileges: ReadonlySet<string>, wanted: string): boolean {
  if (wanted !== 'USAGE' && (privileges.has('ALL PRIVILEGES') || privileges.has('ALL'))) return true;
  return privileges.has(wanted) || (SAME[wanted] ?? []).some((other) => privileges.has(other));
}

function privilegesOf(text: string): Set<string> {
  // `SELECT (id, total)` is a right on columns.
  const whole = text.replaceAll(/[A-Z ]+ \([^)]*\)/gi, '');
  return new Set(listItems(whole.toUpperCase()));
}

/** A `*` in quotes is a name like any other. */
function bare(name: string): string | null {
  if (name === '*') return null;
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}

/** A grant on a database may be a pattern; `\_` and `\%` are the characters themselves. */
function matches(pattern: string | null, database: string | undefined): boolean {
  if (pattern === null) return true;
  if (database === undefined) return false;
  const source = pattern.replaceAll(/\\([_%])|([_%])|([.*+?^${}()|[\]\\])/g, (_all, plain, wild, special) =>
    plain !== undefined ? plain : wild === '_' ? '.' : wild === '%' ? '.*' : `\\${special}`,
  );
  return new RegExp(`^${source}$`, 's').test(database);
}

function matchesName(name: string | null, table: string | undefined): boolean {
  return name === null || name === table;
}

/** `'user'@'host'` from CURRENT_USER(). */
export function grantee(account: string): string {
  const at = account.lastIndexOf('@');
  return at < 0 ? literal(account) : `${literal(account.slice(0, at))}@${literal(account.slice(at + 1))}`;
}
