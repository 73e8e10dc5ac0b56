import { chmodSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  sandboxContextName,
  sandboxOfContext,
  sandboxOfDatabase,
  upCommand,
} from '../../../src/config/sandbox-record.ts';
import { databaseAccount, ensureFolder, reachableFolder } from '../../../src/sandbox/account.ts';
import { checkSandboxName, openSandbox } from '../../../src/sandbox/layout.ts';
import { temporaryFolder } from '../../helpers/programs.ts';

const { folder, remove } = temporaryFolder('site');
afterAll(remove);
const nobody = { uid: 65_534, gid: 65_534 };

describe('a sandbox’s name', () => {
  it.each(['default', 'ci', 'a', '9', 'team-a-2'])('%s is one', (name) => {
    expect(() => checkSandboxName(name)).not.toThrow();
    expect(sandboxOfContext(sandboxContextName(name))).toBe(name);
    expect(sandboxOfDatabase(`${sandboxContextName(name)}-target`)).toEqual({ name, component: 'target' });
  });

  it.each(['', '-a', 'a-', 'A', '../x', 'a/b', '.ports', 'a b', 'x'.repeat(41)])('%j is not valid', (name) => {
    expect(() => checkSandboxName(name)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID', exitCode: 2 }));
  });

  it('is part of the command that starts it', () => {
    expect(upCommand('default')).toBe('sluice sandbox up');
    expect(upCommand('ci', 'mariadb')).toBe('sluice sandbox up `name: ci` `with: mariadb`');
  });
});

describe('the folder of the databases', () => {
  it('is the preferred folder for an ordinary user, with any mode', () => {
    expect(databaseAccount(1000)).toBeUndefined();
    expect(reachableFolder(path.join(folder, 'closed', 'x'), '/fallback', undefined)).toMatch(/closed/);
  });

  it('is elsewhere for root where another account cannot pass', () => {
    const closed = path.join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    expect(reachableFolder(path.join(closed, 'x', 'y'), '/fallback', nobody)).toBe('/fallback');
    chmodSync(closed, 0o711);
    expect(reachableFolder(path.join(closed, 'x', 'y'), '/fallback', nobody)).toBe(path.join(closed, 'x', 'y'));
  });

  it('can be passed by that account with any umask, and by nobody else', () => {
    const before = process.umask(0o077);
    try {
      ensureFolder(path.join(folder, 'open', 'deep'), nobody);
      ensureFolder(path.join(folder, 'own', 'deep'), undefined);
    } finally {
      process.umask(before);
    }
    const mode = (name: string) => statSync(path.join(folder, name)).mode & 0o777;
    expect([mode('open'), mode('open/deep'), mode('own'), mode('own/deep')]).toEqual([0o711, 0o711, 0o700, 0o700]);
  });

  it('stays what it was, and so does the cluster’s id', () => {
    const state = path.join(folder, 'state');
    const first = openSandbox(state, 'x', undefined);
    expect(first).toMatchObject({ name: 'x', parts: {}, clusterId: expect.stringMatching(/^[\w][\w-]{21}$/) });
    expect(first.databaseFolder).toBe(path.join(state, 'sandboxes', 'x', 'databases'));
  });
});
