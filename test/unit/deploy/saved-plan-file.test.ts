import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planKey, writePlan } from '../../../src/deploy/saved-plan-file.ts';
import { PLAN_KIND, type SavedPlan } from '../../../src/plan/saved.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const own = () => planKey({ SLUICE_STATE_DIR: folder });

describe('the key of plans', () => {
  it('is created once, for its owner only, and leaves nothing else', () => {
    const key = own();
    expect(key).toHaveLength(32);
    expect(own()).toEqual(key);
    expect(readdirSync(folder)).toEqual(['plan.key']);
    expect(statSync(path.join(folder, 'plan.key')).mode & 0o777).toBe(0o600);
  });

  it.each([0, 31])('is refused if its file was cut to %i bytes', (length) => {
    writeFileSync(path.join(folder, 'plan.key'), Buffer.alloc(length, 7));
    expect(own).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });

  it('is that of the environment', () => {
    const key = '0123456789abcdef';
    expect(planKey({ SLUICE_PLAN_KEY: key })).toEqual(Buffer.from(key));
  });

  it.each([
    ['blank', ' \n'],
    ['too short', 'a'],
    ['too short', '0123456789abcde'],
    ['too short', `  0123456789abcde${' '.repeat(20)}`],
  ])('is refused if that is %s: "%s"', (what, key) => {
    expect(() => planKey({ SLUICE_PLAN_KEY: key })).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        message: expect.stringContaining(what),
        hint: expect.stringContaining('openssl rand -hex 32'),
      }),
    );
  });
});

describe('a saved plan', () => {
  it('replaces an older one, and no other file', () => {
    const file = path.join(folder, 'plan.json');
    const plan = { kind: PLAN_KIND, context: 'a' } as SavedPlan;
    writePlan(file, plan);
    writePlan(file, { ...plan, context: 'b' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ context: 'b' });
    for (const other of ['{"name": "orders-sink"}', 'name: orders-sink', 'null']) {
      writeFileSync(file, other);
      expect(() => writePlan(file, plan)).toThrow(expect.objectContaining({ code: 'FILE_UNWRITABLE' }));
      expect(readFileSync(file, 'utf8')).toBe(other);
    }
    // As mktemp leaves it.
    writeFileSync(file, '');
    writePlan(file, plan);
  });
});
