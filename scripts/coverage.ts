// Line coverage of a whole test run, including the binary's runs:
//   node scripts/coverage.ts THRESHOLD
// vitest sees only what runs in its own workers. Most integration tests run the built binary, as users do; the first such
// process of each form writes V8's coverage to coverage/processes (test/helpers/run.ts). This script maps it to the sources
// and merges it with vitest's.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
// @ts-expect-error: the package has no types
import { mergeProcessCovs } from '@bcoe/v8-coverage';
import { convert } from 'ast-v8-to-istanbul';
import { parseAstAsync } from 'vite';

interface FileCoverage {
  statementMap: Record<string, { start: { line: number } }>;
  s: Record<string, number>;
}

/** Format of `NODE_V8_COVERAGE`. */
interface ProcessCoverage {
  result: Profiler.ScriptCoverage[];
}

type Lines = Map<string, Map<number, number>>;

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'coverage');
const processes = path.join(folder, 'processes');
const compiled = pathToFileURL(path.join(root, 'dist') + path.sep).href;

function add(lines: Lines, file: string, { statementMap, s }: FileCoverage): void {
  const known = lines.get(file) ?? new Map<number, number>();
  lines.set(file, known);
  for (const [id, { start }] of Object.entries(statementMap)) {
    known.set(start.line, Math.max(known.get(start.line) ?? 0, s[id] ?? 0));
  }
}

/** A merge has a price of its own, and a run leaves more than fits into memory. */
const MERGED_AT_A_TIME = 10;

/** Coverage of dist/ by the binary's processes. */
function readProcesses(): ProcessCoverage {
  const names = existsSync(processes) ? readdirSync(processes) : [];
  let merged: ProcessCoverage = { result: [] };
  for (let at = 0; at < names.length; at += MERGED_AT_A_TIME) {
    merged = mergeProcessCovs([merged, ...names.slice(at, at + MERGED_AT_A_TIME).map(readProcess)]);
  }
  return merged;
}

function readProcess(name: string): ProcessCoverage {
  const { result } = JSON.parse(readFileSync(path.join(processes, name), 'utf8')) as ProcessCoverage;
  return { result: result.filter((script) => script.url.startsWith(compiled)) };
}

const lines: Lines = new Map();
const inside = JSON.parse(readFileSync(path.join(folder, 'coverage-final.json'), 'utf8')) as Record<
  string,
  FileCoverage
>;
for (const [file, coverage] of Object.entries(inside)) add(lines, path.relative(root, file), coverage);

for (const script of readProcesses().result) {
  const file = fileURLToPath(script.url);
  if (!existsSync(`${file}.map`)) continue;
  const code = readFileSync(file, 'utf8');
  const mapped = await convert({
    code,
    sourceMap: JSON.parse(readFileSync(`${file}.map`, 'utf8')),
    coverage: script,
    ast: parseAstAsync(code),
  });
  for (const [source, coverage] of Object.entries(mapped)) {
    const name = path.relative(root, source);
    // vitest has listed every file that counts, even those that nothing imported.
    if (lines.has(name)) add(lines, name, coverage as FileCoverage);
  }
}
rmSync(processes, { recursive: true, force: true });

const files = [...lines].map(([file, counts]) => ({
  file,
  total: counts.size,
  covered: [...counts.values()].filter((count) => count > 0).length,
}));
const total = files.reduce((sum, file) => sum + file.total, 0);
const covered = files.reduce((sum, file) => sum + file.covered, 0);
const percent = (100 * covered) / total;
const threshold = Number(process.argv[2] ?? 0);
for (const { file, ...one } of files.toSorted((a, b) => b.total - b.covered - (a.total - a.covered)).slice(0, 10)) {
  console.log(`${String(one.total - one.covered).padStart(5)} lines not run  ${file}`);
}
console.log(
  `Lines, including the binary's runs: ${percent.toFixed(2)} % (${covered}/${total}), at least ${threshold} %`,
);
if (percent < threshold) process.exitCode = 1;
