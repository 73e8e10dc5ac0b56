import { literal } from '../../databases/literals.ts';
import { grantee, type MysqlGrants, readGrants } from '../../databases/mysql/grants.ts';
import type { Session } from '../../databases/session.ts';
import { type DatabaseFinding, finding } from '../model.ts';

/** The account that a connector logs in with, and its grants. */
export interface MysqlAccount {
  /** `'user'@'host'`, as a statement names it. */
  grantee: string;
  /** Undefined if they cannot be read. */
  grants: MysqlGrants | undefined;
}

/** @param user the connector's; the session may use a different one */
export async function mysqlAccount(session: Session, user: string): Promise<MysqlAccount> {
  const [[own = ''] = []] = await session.query('SELECT CURRENT_USER()');
  const ownUser = (own ?? '').replace(/@[^@]*$/, '');
  if (user === '' || user === ownUser) {
    return { grantee: grantee(own ?? ''), grants: await grantsOf(session, 'SHOW GRANTS') };
  }
  const host = await hostOf(session, user);
  const account = grantee(`${user}@${host}`);
  const roles = session.server.product === 'MySQL' ? await defaultRoles(session, user, host) : [];
  const using = roles.length === 0 ? '' : ` USING ${roles.join(', ')}`;
  return { grantee: account, grants: await grantsOf(session, `SHOW GRANTS FOR ${account}${using}`) };
}

/** Roles that are active after a login: a granted role that is not a default has no effect. */
async function defaultRoles(session: Session, user: string, host: string): Promise<string[]> {
  const [[all] = []] = await session.query('SELECT @@GLOBAL.activate_all_roles_on_login');
  const rows = await session
    .query(
      all === '1'
        ? `SELECT FROM_USER, FROM_HOST FROM mysql.role_edges WHERE TO_USER = ${literal(user)} AND TO_HOST = ${literal(host)}`
        : `SELECT DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST FROM mysql.default_roles WHERE USER = ${literal(user)} AND HOST = ${literal(host)}`,
    )
    .catch(() => []);
  return rows.map(([name, from]) => grantee(`${name}@${from}`));
}

async function hostOf(session: Session, user: string): Promise<string> {
  const rows = await session.query(`SELECT Host FROM mysql.user WHERE User = ${literal(user)}`).catch(() => []);
  const hosts = rows.map(([host]) => host ?? '');
  return hosts.includes('%') ? '%' : (hosts[0] ?? '%');
}

async function grantsOf(session: Session, statement: string): Promise<MysqlGrants | undefined> {
  const show = async (sql: string) => (await session.query(sql)).map(([line]) => line ?? '');
  try {
    const lines = await show(statement);
    // MySQL already lists the grants of active roles, including nested ones.
    const roles = session.server.product === 'MySQL' ? [] : readGrants(lines).roles;
    for (const role of roles) lines.push(...(await show(`SHOW GRANTS FOR ${role}`).catch(() => [])));
    return readGrants(lines);
  } catch {
    return undefined;
  }
}

export function unseenRights(account: MysqlAccount): DatabaseFinding[] {
  if (account.grants !== undefined) return [];
  return [
    finding('note', 'rights-unknown', `cannot read the grants of ${account.grantee}`, {
      hint: `Run as a user who may: SHOW GRANTS FOR ${account.grantee};`,
    }),
  ];
}
