import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One figure of a benchmark. Targets are what an issue asks for; a benchmark reports, it never fails. */
export interface Figure {
  name: string;
  value: number;
  /** `×` for a ratio within this run, else a unit such as `s`, `rows/s`, `MiB`. */
  unit: string;
  target?: { least: number } | { most: number };
}

export interface Benchmark {
  name: string;
  /** `options` are the words behind the benchmark's name on the command line (`--rows 100000`). */
  run(options: readonly string[]): Promise<Figure[]>;
}

/** The word behind an option's name. */
export function option(options: readonly string[], name: string): string | undefined {
  const at = options.indexOf(name);
  return at < 0 ? undefined : options[at + 1];
}

export function meets(figure: Figure): boolean | undefined {
  if (figure.target === undefined) return undefined;
  return 'least' in figure.target ? figure.value >= figure.target.least : figure.value <= figure.target.most;
}

/** Prints the figures as a table and writes them to test/bench/results/NAME.json. */
export function report(name: string, figures: readonly Figure[]): void {
  console.log(`\n${name}`);
  for (const figure of figures) {
    const target =
      figure.target === undefined
        ? ''
        : 'least' in figure.target
          ? `≥ ${figure.target.least}`
          : `≤ ${figure.target.most}`;
    const verdict = meets(figure);
    console.log(
      `  ${figure.name.padEnd(58)} ${round(figure.value).padStart(10)} ${figure.unit.padEnd(7)} ${target.padEnd(8)} ${verdict === undefined ? '' : verdict ? 'met' : 'NOT MET'}`.trimEnd(),
    );
  }
  const folder = path.join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, `${name}.json`),
    `${JSON.stringify({ name, node: process.version, figures: figures.map((figure) => ({ ...figure, met: meets(figure) })) }, null, 2)}\n`,
  );
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export interface Timed {
  /** Wall time in ms. */
  ms: number;
}

export interface ProcessOptions {
  env?: Record<string, string | undefined>;
  /** What the process must end with: the time of a command that failed is no figure. */
  code?: number;
}

/** Wall time of one whole process, its output thrown away. */
export function time(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint();
    const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...options.env } });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = Number(process.hrtime.bigint() - began) / 1e6;
      if (code === (options.code ?? 0)) resolve({ ms });
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${code}`));
    });
  });
}

/** Peak memory (MiB) of one Node process, as the system counted it. */
export async function peakMemory(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<number> {
  return (await resources(command, args, options)).mib;
}

/**
 * Peak memory (KiB) of this process, as the system counted it. Linux's `maxRSS` would do, but a child begins with that of its
 * parent.
 */
export function peakKib(): number {
  // In the child it is source code: nothing from outside.
  const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
  const file = '/proc/self/status';
  const [, peak] = (existsSync(file) && /VmHWM:\s*(\d+) kB/.exec(readFileSync(file, 'utf8'))) || [];
  return Number(peak ?? process.resourceUsage().maxRSS);
}

/** What a child writes at its end: no polling that could miss the peak. */
const REPORT = `const { userCPUTime, systemCPUTime } = process.resourceUsage();
process.stderr.write('\\nUSED ' + (${peakKib})() + ' ' + (userCPUTime + systemCPUTime) + '\\n')`;

/** Peak memory (MiB) and CPU time (s) of one Node process, as the system counted them. */
export async function resources(
  command: string,
  args: readonly string[],
  { env, code = 0 }: ProcessOptions = {},
): Promise<{ mib: number; cpu: number }> {
  const hook = `data:text/javascript,${encodeURIComponent(`process.on('exit', () => { ${REPORT} })`)}`;
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['--import', hook, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-4096);
    });
    child.on('error', reject);
    child.on('close', (ended) => {
      const [, kib, us] = /USED (\d+) (\d+)/.exec(text) ?? [];
      if (ended === code) resolve({ mib: Number(kib) / 1024, cpu: Number(us) / 1e6 });
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${ended}: ${text}`));
    });
  });
}

/**
 * The ratio of two commands' wall times, paired run by run so that a machine whose speed drifts distorts neither.
 * @returns the median of the ratios a/b
 */
export async function pairedRatio(a: () => Promise<Timed>, b: () => Promise<Timed>, runs = 15): Promise<number> {
  await a();
  await b();
  const ratios: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const first = await a();
    const second = await b();
    ratios.push(first.ms / second.ms);
  }
  return median(ratios);
}
