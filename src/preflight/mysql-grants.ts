import { literal } from './model.ts';

interface Grant {
  privileges: ReadonlySet<string>;
  /** `*` for all; a pattern of LIKE otherwise. */
  database: string;
  table: string;
}

/** What `SHOW GRANTS` says a user may do. */
export interface MysqlGrants {
  /** True where a privilege is held on the whole server or, where they are named, on the database or table. */
  has(privilege: string, database?: string, table?: string): boolean;
  /** Roles that were granted, as they were written. */
  roles: string[];
}

const LINE = /^GRANT (?<privileges>.+?) ON (?:TABLE )?(?<object>\S+(?:\s*\.\s*\S+)?) TO /i;
const ROLE = /^GRANT (?<roles>[^()]+?) TO /i;

/**
 * Reads the lines of `SHOW GRANTS` of MySQL and MariaDB. Pure. Column privileges count as none: a snapshot reads rows.
 * @see https://dev.mysql.com/doc/refman/8.4/en/show-grants.html
 */
export function readGrants(lines: readonly string[]): MysqlGrants {
  const grants: Grant[] = [];
  const roles: string[] = [];
  for (const line of lines) {
    const on = LINE.exec(line)?.groups;
    if (on === undefined) {
      roles.push(...(ROLE.exec(line)?.groups?.['roles'] ?? '').split(',').flatMap((role) => role.trim() || []));
      continue;
    }
    const object = objectOf(on['object'] ?? '');
    if (object !== undefined) grants.push({ privileges: privilegesOf(on['privileges'] ?? ''), ...object });
  }
  return {
    roles,
    has: (privilege, database, table) =>
      grants.some(
        (grant) =>
          holds(grant.privileges, privilege) && matches(grant.database, database) && matchesName(grant.table, table),
      ),
  };
}

/** Other names that a server gives a privilege; MariaDB 10.5 split REPLICATION CLIENT. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  'REPLICATION CLIENT': ['BINLOG MONITOR', 'SUPER'],
};

function holds(privileges: ReadonlySet<string>, wanted: string): boolean {
  if (wanted !== 'USAGE' && (privileges.has('ALL PRIVILEGES') || privileges.has('ALL'))) return true;
  return privileges.has(wanted) || (SAME[wanted] ?? []).some((other) => privileges.has(other));
}

function privilegesOf(text: string): Set<string> {
  // `SELECT (id, total)` is a right on columns.
  const whole = text.replaceAll(/[A-Z ]+ \([^)]*\)/gi, '');
  return new Set(whole.split(',').flatMap((one) => one.trim().toUpperCase() || []));
}

function objectOf(text: string): { database: string; table: string } | undefined {
  const match = /^(?<database>\*|`(?:[^`]|``)*`|[\w$]+)\.(?<table>\*|`(?:[^`]|``)*`|[\w$]+)$/.exec(text);
  if (match?.groups === undefined) return undefined;
  return { database: bare(match.groups['database'] ?? ''), table: bare(match.groups['table'] ?? '') };
}

function bare(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}

/** A grant on a database may be a pattern; `\_` and `\%` are the characters themselves. */
function matches(pattern: string, database: string | undefined): boolean {
  if (pattern === '*') return true;
  if (database === undefined) return false;
  const source = pattern.replaceAll(/\\([_%])|([_%])|([.*+?^${}()|[\]\\])/g, (_all, plain, wild, special) =>
    plain !== undefined ? plain : wild === '_' ? '.' : wild === '%' ? '.*' : `\\${special}`,
  );
  return new RegExp(`^${source}$`, 's').test(database);
}

function matchesName(name: string, table: string | undefined): boolean {
  return name === '*' || name === table;
}

/** `'user'@'host'` of what CURRENT_USER() says. */
export function grantee(account: string): string {
  const at = account.lastIndexOf('@');
  return at < 0 ? literal(account) : `${literal(account.slice(0, at))}@${literal(account.slice(at + 1))}`;
}
