import { describe, expect, it } from 'vitest';
import { sourcesTable } from '../../../../src/cli/views/serve-sources.ts';
import type { SourceLog } from '../../../../src/monitor/source-reading.ts';
import { connectorSnapshot, sourceLog } from '../../../helpers/snapshot.ts';

const MIB = 1024 ** 2;
const HOSTILE = '<img src=x onerror=alert(1)>\u001b[2J"\'';

function cells(...logs: Partial<SourceLog>[]) {
  const source = { logs: logs.map(sourceLog), reason: null };
  const html = sourcesTable([connectorSnapshot('shop', { type: 'source', source })]);
  return [...html.matchAll(/data-label="([a-z]+)">([^<]*)</g)].map(([, label, value]) => `${label}: ${value}`);
}

describe('sourcesTable', () => {
  it('has where a source is in each of its databases', () => {
    expect(cells({ retainedBytes: 12 * MIB, safeBytes: 500 * MIB, status: 'extended' })).toEqual([
      ...['database: pg:5432/shop', 'log: the slot shop', 'read: yes, extended', 'behind: 16 B'],
      ...['retained: 12.0 MiB', 'left: 500 MiB'],
    ]);
    const binlog = { log: 'the binary log', active: null, status: null, retainedBytes: null, behindFiles: 3 };
    expect(cells(binlog).slice(1)).toEqual([
      ...['log: the binary log', 'read: -', 'behind: 16 B, 3 files', 'retained: -', 'left: -'],
    ]);
  });

  it('says what is wrong, and what is not known', () => {
    expect(cells({ active: false, safeBytes: -4 })).toEqual(expect.arrayContaining(['read: no', 'left: 0 B']));
    expect(cells({ exists: false })).toContain('log: the slot shop is missing');
    expect(cells({ broken: 'the slot shop has lost WAL' })).toContain('read: the slot shop has lost WAL');
    const error = { code: 'DATABASE_UNREACHABLE', message: 'no answer' } as const;
    expect(cells({ exists: null, error, unknown: 'no answer', behindBytes: null })).toEqual(
      expect.arrayContaining(['log: ?', 'read: no answer', 'behind: ?']),
    );
  });

  it('is nothing if nothing is known, and says what is not watched', () => {
    expect(sourcesTable([connectorSnapshot('orders')])).toBe('');
    const source = { logs: [], reason: HOSTILE };
    const html = sourcesTable([connectorSnapshot('shop', { source })]);
    expect(html).toContain('shop is not watched: &lt;img');
    expect(html).not.toContain('<table');
  });

  it('writes no text from elsewhere as markup', () => {
    const source = { logs: [sourceLog({ database: HOSTILE, log: HOSTILE, broken: HOSTILE })], reason: null };
    const html = sourcesTable([connectorSnapshot(HOSTILE, { source })]);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('\u001b');
  });
});
