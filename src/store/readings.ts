import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { inTransaction } from './transaction.ts';

/** What one poll saw of one connector. Null: unknown. Numbers are kept with seven digits. */
export interface Reading {
  /** One of those that `Readings` was opened with. */
  health: string;
  lagRecords: number | null;
  lagMs: number | null;
  recordsPerSecond: number | null;
  errorsPerMinute: number | null;
}

export interface ReadingAt extends Reading {
  /** ms since 1970: the beginning of the time that it stands for. */
  at: number;
}

export type TrendPoint = Pick<ReadingAt, 'at' | 'health' | 'lagRecords' | 'lagMs'>;

/** How long readings are kept, and how close together. */
interface Tier {
  stepMs: number;
  keepMs: number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

export const TIERS: readonly Tier[] = [
  { stepMs: 10 * SECOND, keepMs: 2 * HOUR },
  { stepMs: 60 * SECOND, keepMs: 2 * DAY },
  { stepMs: HOUR, keepMs: 90 * DAY },
];

const MAX_BYTES = 200 * 1000 * 1000;
/** Of one connector in one frame: a code, three spare bytes, four floats. */
const READING_BYTES = 20;
/** A reading later than this after now was taken by a clock that was wrong (ms). */
const FUTURE_MS = 60 * SECOND;

/**
 * Readings of the daemon, down-sampled. A frame has the readings of all connectors of a context at one time, in one blob:
 * a connector has the same place in every frame. So a poll of 1,000 connectors writes one row of 20 KB, and 90 days of them
 * take 115 MB.
 */
export class Readings implements Disposable {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #healths: readonly string[];
  /** As the file numbers them. */
  readonly #codes: ReadonlyMap<string, number>;
  readonly #names: ReadonlyMap<number, string>;
  readonly #maxBytes: number;

  /**
   * @param healths worst first: of several readings the worst is kept; 255 at most
   * @throws FILE_UNWRITABLE
   */
  constructor(stateFolder: string, healths: readonly string[], { maxBytes = MAX_BYTES }: { maxBytes?: number } = {}) {
    this.#file = path.join(stateFolder, 'readings.sqlite');
    this.#database = open(this.#file);
    this.#healths = healths;
    this.#maxBytes = maxBytes;
    this.#transaction(() => {
      const insert = this.#database.prepare('INSERT OR IGNORE INTO health (name) VALUES (?)');
      for (const health of healths) insert.run(health);
    });
    const rows = this.#database.prepare('SELECT id, name FROM health').all();
    this.#codes = new Map(rows.map((row) => [String(row['name']), Number(row['id'])]));
    this.#names = new Map([...this.#codes].map(([name, code]) => [code, name]));
  }

  /** Keeps what a poll saw. @param now ms since 1970 @throws FILE_UNWRITABLE */
  append(context: string, now: number, readings: ReadonlyMap<string, Reading>): void {
    this.#transaction(() => {
      // After a clock that was wrong: readings of the future, and coarse ones of a time that had not ended.
      const later = this.#database.prepare('DELETE FROM frame WHERE context = ? AND tier = ? AND at > ?');
      for (const one of this.#contexts())
        for (const [tier, { stepMs }] of TIERS.entries())
          later.run(one, tier, tier === 0 ? now + FUTURE_MS : now - stepMs);
      const places = this.#places(context, now, [...readings.keys()]);
      const frame = Buffer.alloc(READING_BYTES * (1 + Math.max(-1, ...places.values())));
      for (const [name, reading] of readings) this.#write(frame, places.get(name) ?? 0, reading);
      this.#insert(context, 0, now, frame);
      for (let tier = 1; tier < TIERS.length; tier += 1) this.#rollUp(context, tier, now);
      this.#prune(now);
    });
  }

  /** Of one connector, the oldest first, as fine as was kept; a time without a reading is left out. @param from, to ms since 1970, `to` excluded */
  of(context: string, name: string, from: number, to: number): ReadingAt[] {
    const place = this.#database
      .prepare('SELECT place FROM series WHERE context = ? AND name = ?')
      .get(context, name)?.['place'];
    if (place === undefined) return [];
    return [...this.#frames(context, from, to)].flatMap(({ at, frame }) => {
      const reading = this.#read(frame, Number(place));
      return reading === undefined ? [] : [{ at, ...reading }];
    });
  }

  /**
   * How far behind some connectors were, in steps of equal length: of each step the worst. Oldest first; a step without a
   * reading is left out. Frames are read one at a time: those of a day take 40 MB for 1,000 connectors.
   */
  trend(
    context: string,
    names: readonly string[],
    { from, to, stepMs }: { from: number; to: number; stepMs: number },
  ): Map<string, TrendPoint[]> {
    const place = this.#database.prepare('SELECT place FROM series WHERE context = ? AND name = ?');
    const series = names.flatMap((name) => {
      const found = place.get(context, name)?.['place'];
      return found === undefined ? [] : [{ name, place: Number(found), points: [] as TrendPoint[] }];
    });
    for (const { at: time, frame } of this.#frames(context, from, to)) {
      const at = Math.floor(time / stepMs) * stepMs;
      for (const { place, points } of series) {
        const reading = this.#read(frame, place);
        if (reading === undefined) continue;
        const { health, lagRecords, lagMs } = reading;
        const last = points.at(-1);
        if (last?.at !== at) points.push({ at, health, lagRecords, lagMs });
        else {
          if (this.#rank(health) < this.#rank(last.health)) last.health = health;
          last.lagRecords = greatest([last.lagRecords, lagRecords]);
          last.lagMs = greatest([last.lagMs, lagMs]);
        }
      }
    }
    return new Map(series.map(({ name, points }) => [name, points]));
  }

  /** The health of each connector in its last reading, and the time since which it had no other, as far back as `from`. */
  healths(context: string, from: number, to: number): Map<string, { health: string; at: number }> {
    const series = this.#database
      .prepare('SELECT name, place FROM series WHERE context = ?')
      .all(context)
      .map((row) => ({ name: String(row['name']), offset: Number(row['place']) * READING_BYTES }));
    const seen = series.map(() => ({ code: 0, at: 0 }));
    for (const { at, frame } of this.#frames(context, from, to)) {
      for (const [index, { offset }] of series.entries()) {
        const code = frame[offset] ?? 0;
        const one = seen[index];
        if (one !== undefined && code !== 0 && one.code !== code) Object.assign(one, { code, at });
      }
    }
    return new Map(
      series.flatMap(({ name }, index) => {
        const { code = 0, at = 0 } = seen[index] ?? {};
        const health = this.#names.get(code);
        return health === undefined ? [] : [[name, { health, at }] as const];
      }),
    );
  }

  /** Where each connector is in the frames; those of connectors whose last reading is gone are given to new ones. */
  #places(context: string, now: number, names: readonly string[]): Map<string, number> {
    const database = this.#database;
    const known = new Map(
      database
        .prepare('SELECT name, place, last FROM series WHERE context = ?')
        .all(context)
        .map((row) => [String(row['name']), { place: Number(row['place']), last: Number(row['last']) }]),
    );
    const seen = database.prepare('UPDATE series SET last = ? WHERE context = ? AND name = ?');
    const free: number[] = [];
    const oldest = now - Math.max(...TIERS.map(({ keepMs, stepMs }) => keepMs + stepMs));
    const wanted = new Set(names);
    for (const [name, { place, last }] of known) {
      if (wanted.has(name) || last >= oldest) continue;
      database.prepare('DELETE FROM series WHERE context = ? AND name = ?').run(context, name);
      known.delete(name);
      free.push(place);
    }
    let next = Math.max(-1, ...[...known.values()].map(({ place }) => place), ...free) + 1;
    const insert = database.prepare('INSERT INTO series (context, name, place, last) VALUES (?, ?, ?, ?)');
    return new Map(
      names.map((name) => {
        const there = known.get(name);
        if (there !== undefined) {
          // Not at every poll: it is needed to the day.
          if (Math.abs(now - there.last) >= HOUR) seen.run(now, context, name);
          return [name, there.place];
        }
        const place = free.pop() ?? next++;
        insert.run(context, name, place, now);
        return [name, place];
      }),
    );
  }

  #insert(context: string, tier: number, at: number, frame: Uint8Array): void {
    const { stepMs } = TIERS[tier] as Tier;
    this.#database
      .prepare('INSERT OR REPLACE INTO frame (context, tier, at, readings) VALUES (?, ?, ?, ?)')
      .run(context, tier, Math.floor(at / stepMs) * stepMs, frame);
  }

  /** Every complete time of a tier that the finer one has frames of, and that has not been combined yet. */
  #rollUp(context: string, tier: number, now: number): void {
    const { stepMs } = TIERS[tier] as Tier;
    const last = this.#database
      .prepare('SELECT max(at) AS at FROM frame WHERE context = ? AND tier = ?')
      .get(context, tier)?.['at'];
    const from = last == null ? 0 : Number(last) + stepMs;
    const to = Math.floor(now / stepMs) * stepMs;
    if (to <= from) return;
    const finer = this.#database
      .prepare('SELECT at, readings FROM frame WHERE context = ? AND tier = ? AND at >= ? AND at < ? ORDER BY at')
      .all(context, tier - 1, from, to)
      .map((row) => ({ at: Number(row['at']), frame: bytesOf(row['readings']) }));
    for (const [at, frames] of Map.groupBy(finer, ({ at }) => Math.floor(at / stepMs) * stepMs))
      this.#insert(context, tier, at, this.#combined(frames.map(({ frame }) => frame)));
  }

  /** Of several frames: the worst health, the greatest lag, the mean of rates. */
  #combined(frames: readonly Buffer[]): Buffer {
    const length = Math.max(0, ...frames.map((frame) => frame.length));
    const combined = Buffer.alloc(length);
    for (let place = 0; place * READING_BYTES < length; place += 1) {
      const readings = frames.flatMap((frame) => this.#read(frame, place) ?? []);
      const [first] = readings;
      if (first === undefined) continue;
      this.#write(combined, place, {
        health: this.#healths.find((one) => readings.some(({ health }) => health === one)) ?? first.health,
        lagRecords: greatest(readings.map(({ lagRecords }) => lagRecords)),
        lagMs: greatest(readings.map(({ lagMs }) => lagMs)),
        recordsPerSecond: mean(readings.map(({ recordsPerSecond }) => recordsPerSecond)),
        errorsPerMinute: mean(readings.map(({ errorsPerMinute }) => errorsPerMinute)),
      });
    }
    return combined;
  }

  /** Frames of every tier, each for the time before the finer ones; the oldest first, one at a time. */
  *#frames(context: string, from: number, to: number): Iterable<{ at: number; frame: Buffer }> {
    const ranges: { tier: number; from: number; to: number }[] = [];
    const bounds = this.#database.prepare(
      'SELECT min(at) AS first, max(at) AS last FROM frame WHERE context = ? AND tier = ? AND at >= ? AND at < ?',
    );
    const newest = this.#database.prepare('SELECT max(at) AS at FROM frame WHERE context = ? AND tier = 0');
    const now = Number(newest.get(context)?.['at'] ?? to);
    let end = to;
    for (const [tier, { stepMs }] of TIERS.entries()) {
      const finer = ranges[0];
      const shared = Math.floor(end / stepMs) * stepMs;
      // Where the finer ones begin in the midst of a step, because readings do, the step's frame would say of all of it what
      // was true of its worst moment. Where the earlier ones were pruned, it is all there is of them.
      const isPruned = finer !== undefined && shared < now - (TIERS[finer.tier] as Tier).keepMs;
      const before = finer === undefined || isPruned ? end : shared;
      const { first, last } = bounds.get(context, tier, from, before) ?? { first: null, last: null };
      if (first == null) continue;
      if (finer !== undefined) finer.from = Math.max(finer.from, Number(last) + stepMs);
      ranges.unshift({ tier, from: Number(first), to: before });
      end = Number(first);
    }
    const frames = this.#database.prepare(
      'SELECT at, readings FROM frame WHERE context = ? AND tier = ? AND at >= ? AND at < ? ORDER BY at',
    );
    for (const range of ranges)
      for (const row of frames.iterate(context, range.tier, range.from, range.to))
        yield { at: Number(row['at']), frame: bytesOf(row['readings']) };
  }

  #prune(now: number): void {
    const database = this.#database;
    // By context, since only then an index leads there: this is done at every poll.
    const old = database.prepare('DELETE FROM frame WHERE context = ? AND tier = ? AND at < ?');
    for (const context of this.#contexts())
      for (const [tier, { keepMs }] of TIERS.entries()) old.run(context, tier, now - keepMs);
    // Many thousands of connectors: less time is kept, of the tier that takes the most room.
    while (this.#usedBytes() > this.#maxBytes * 0.95) {
      const largest = database
        .prepare('SELECT tier, count(*) AS frames FROM frame GROUP BY tier ORDER BY sum(length(readings)) DESC LIMIT 1')
        .get();
      const frames = Number(largest?.['frames'] ?? 0);
      if (frames <= 1) return;
      database
        .prepare('DELETE FROM frame WHERE rowid IN (SELECT rowid FROM frame WHERE tier = ? ORDER BY at LIMIT ?)')
        .run(Number(largest?.['tier']), Math.ceil(frames / 10));
    }
  }

  #contexts(): string[] {
    return this.#database
      .prepare('SELECT DISTINCT context FROM series')
      .all()
      .map((row) => String(row['context']));
  }

  /** The worst is first. */
  #rank(health: string): number {
    const rank = this.#healths.indexOf(health);
    return rank < 0 ? this.#healths.length : rank;
  }

  #usedBytes(): number {
    const pragma = (name: string) => Number(Object.values(this.#database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  #write(frame: Buffer, place: number, reading: Reading): void {
    const offset = place * READING_BYTES;
    frame.writeUInt8(this.#codes.get(reading.health) ?? 0, offset);
    const numbers = [reading.lagRecords, reading.lagMs, reading.recordsPerSecond, reading.errorsPerMinute];
    for (const [index, value] of numbers.entries()) frame.writeFloatLE(value ?? Number.NaN, offset + 4 + 4 * index);
  }

  #read(frame: Buffer, place: number): Reading | undefined {
    const offset = place * READING_BYTES;
    const health = offset + READING_BYTES <= frame.length ? this.#names.get(frame.readUInt8(offset)) : undefined;
    if (health === undefined) return undefined;
    const number = (index: number) => {
      const value = frame.readFloatLE(offset + 4 + 4 * index);
      return Number.isNaN(value) ? null : value;
    };
    return {
      health,
      lagRecords: number(0),
      lagMs: number(1),
      recordsPerSecond: number(2),
      errorsPerMinute: number(3),
    };
  }

  #transaction(work: () => void): void {
    try {
      inTransaction(this.#database, work);
    } catch (error) {
      throw unwritable('write', this.#file, error);
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function open(file: string): DatabaseSync {
  try {
    makeFolder(path.dirname(file));
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file, { timeout: 5_000 });
    // Readings may be lost with the power; the file may not.
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS health (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE IF NOT EXISTS series (
        context TEXT NOT NULL, name TEXT NOT NULL, place INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY (context, name), UNIQUE (context, place)
      ) STRICT;
      CREATE TABLE IF NOT EXISTS frame (
        context TEXT NOT NULL, tier INTEGER NOT NULL, at INTEGER NOT NULL, readings BLOB NOT NULL,
        UNIQUE (context, tier, at)
      ) STRICT;
    `);
    return database;
  } catch (error) {
    throw unwritable('open', file, error);
  }
}

function unwritable(verb: string, file: string, error: unknown): SluiceError {
  return new SluiceError('FILE_UNWRITABLE', `cannot ${verb} the readings ${file}: ${(error as Error).message}`, {
    hint: 'Check the free space, and the permissions of its folder; SLUICE_STATE_DIR moves it.',
    cause: error,
  });
}

const bytesOf = (value: unknown) => {
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);

function greatest(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function mean(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}
