import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planKey } from '../../../src/deploy/saved-plan-file.ts';

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

  it('is that of the environment, but no blank one', () => {
    expect(planKey({ SLUICE_PLAN_KEY: 'long' })).toEqual(Buffer.from('long'));
    expect(() => planKey({ SLUICE_PLAN_KEY: ' \n' })).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});
