import textWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import { liveFrame } from '../../../../src/cli/live/frame.ts';
import { type LiveModel, liveModel, liveStep } from '../../../../src/cli/live/model.ts';
import { plainStyle } from '../../../../src/cli/style.ts';
import { clipLine } from '../../../../src/cli/wrap-lines.ts';
import type { ConnectorSnapshot, Snapshot } from '../../../../src/serve/snapshot.ts';
import { connectorSnapshot, NOON, snapshot } from '../../../helpers/snapshot.ts';

const ROOM = { page: 10, bottom: 0 };
const trace =
  'org.X: broken\n\tat a.b(C.java)\nCaused by: java.net.ConnectException: Connection refused\n\tat d.e(F.java)';
const broken = connectorSnapshot('orders-sink', {
  health: 'failed',
  reasons: ['task 0 has FAILED'],
  hint: 'Check the database: sluice doctor orders-sink',
  tasks: { running: 0, total: 1, maximum: 1 },
  taskList: [{ id: 0, state: 'FAILED', worker: 'w', cause: 'ConnectException: Connection refused', trace }],
  lagMs: 125_000,
});
const behind = (lag: number): ConnectorSnapshot => {
  const { group } = connectorSnapshot('x');
  return connectorSnapshot('billing-sink', { group: group && { ...group, lag }, lagMs: 4000, recordsPerSecond: 12.34 });
};
const source = connectorSnapshot('orders-source', { type: 'source', group: null, lagMs: null, recordsPerSecond: null });

function model(...snapshots: Snapshot[]): LiveModel {
  return snapshots.reduce<LiveModel>(
    (now, one) => liveStep(now, { kind: 'read', snapshot: one }, ROOM).model,
    liveModel({ context: 'prod', protected: false, everyMs: 2000 }),
  );
}

const three = model(...[10, 40, 80].map((lag) => snapshot([broken, behind(lag), source])));

/** As the screen shows it, which cuts what is too wide. */
function drawn(one: LiveModel, width: number, height: number, now = NOON + 1000): string {
  const { lines } = liveFrame(one, { width, height }, plainStyle, now);
  return lines.map((line) => clipLine(line, width).trimEnd()).join('\n');
}

const selected = (one: LiveModel, over: Partial<LiveModel['nav']> = {}): LiveModel => ({
  ...one,
  nav: { ...one.nav, selected: 'orders-sink', ...over },
});

describe('liveFrame', () => {
  it.each([
    [80, 24],
    [40, 24],
    [40, 8],
    [140, 16],
  ])('of %i x %i characters', (width, height) => {
    expect(drawn(selected(three), width, height)).toMatchSnapshot();
  });

  it.each([
    [80, 24],
    [40, 10],
    [20, 5],
    [8, 2],
    [1, 1],
    [300, 100],
  ])('fills %i x %i exactly', (width, height) => {
    const all: LiveModel[] = [
      model(),
      three,
      selected(three),
      ...(['tasks', 'trace', 'topics', 'config'] as const).map((tab) => ({ ...selected(three, { open: true }), tab })),
      { ...three, help: true },
      { ...three, protected: true, question: { verb: 'restart', name: 'orders-sink', typed: 'prod' } },
      { ...three, question: { verb: 'pause', name: 'orders-sink', typed: '' } },
      { ...three, notice: { text: 'a long notice '.repeat(20), tone: 'bad' } },
      { ...three, working: { verb: 'restart', name: 'orders-sink' } },
      { ...three, nav: { ...three.nav, typing: true, filter: 'x'.repeat(100) } },
      model({
        ...snapshot([]),
        failures: Array(30).fill({ code: 'KAFKA_UNREACHABLE', message: 'no broker', hint: 'x' }),
      }),
    ];
    for (const one of all) expect(liveFrame(one, { width, height }, plainStyle, NOON).lines.length).toBe(height);
  });

  it('shows what is open: tasks, trace, topics, configuration, secrets masked by whoever described it', () => {
    const open = selected(three, { open: true });
    expect(drawn(open, 80, 30)).toMatchSnapshot();
    expect(drawn({ ...open, tab: 'trace' }, 80, 14)).toContain(
      'Caused by: java.net.ConnectException: Connection refused',
    );
    expect(drawn({ ...open, tab: 'config' }, 80, 14)).toContain('\n…\n');
    const failed = {
      ...open,
      tab: 'topics' as const,
      described: { name: 'orders-sink', failure: 'the worker is away' },
    };
    expect(drawn(failed, 80, 14)).toContain('the worker is away');
    const gone = selected(three, { open: true, selected: 'deleted' });
    expect(drawn(gone, 80, 14)).toContain('deleted is no longer shown.');
  });

  it('asks, for the name in a protected context', () => {
    const question = { verb: 'restart', name: 'orders-sink', typed: 'pr' } as const;
    expect(drawn({ ...three, question }, 80, 24)).toContain('Restart what has failed in orders-sink on prod? y/N');
    expect(drawn({ ...three, question, protected: true }, 80, 24)).toMatch(
      /Context prod is protected\. This will restart what has failed in orders-sink\.\nType its name to continue:\npr/,
    );
  });

  it('says that what it shows is old, and why', () => {
    const away = { ...snapshot([broken]), error: { code: 'CONNECT_UNREACHABLE' as const, message: 'no answer' } };
    expect(drawn(model(snapshot([broken]), away), 80, 24, NOON + 61_000)).toMatch(
      /^Error: no answer\nAs of 12:00:00, 61 s ago\.$/m,
    );
  });

  it('scrolls a thousand rows around the cursor', () => {
    const many = Array.from({ length: 1000 }, (_, index) => connectorSnapshot(`c-${String(index).padStart(4, '0')}`));
    const screen = drawn(selected(model(snapshot(many)), { selected: 'c-0500' }), 80, 24);
    expect(screen).toMatch(/❯ {2}✔ healthy {2}c-0500/);
    expect(screen).toContain('1,000');
    expect(screen).not.toContain('c-0400');
    const last = drawn(selected(model(snapshot(many)), { selected: 'c-0999' }), 80, 24);
    expect(last).toContain('❯  ✔ healthy  c-0999');
  });

  it('shows control characters as text, and measures wide ones', () => {
    const names = ['\u001b[31mred', 'two\nlines', 'tab\there', '注文-シンク'.repeat(9), '\u202eabc'];
    const screen = drawn(model(snapshot(names.map((name) => connectorSnapshot(name)))), 80, 24);
    for (const shown of ['\\x1b[31mred', 'two\\nlines', 'tab\\there', '\\u202eabc', '注文-シンク'])
      expect(screen).toContain(shown);
    expect(screen).not.toContain('\u001b');
    const columns = screen
      .split('\n')
      .filter((line) => line.includes('✔'))
      .map((line) => textWidth(line.slice(0, line.search(/ \d\/\d/))));
    expect(new Set(columns).size).toBe(1);
  });
});
