// npm run bench [-- NAME [OPTIONS…]]: runs every benchmark, or the one that is named.
import { type Benchmark, report } from './bench.ts';
import { cli } from './cli.ts';
import { deploy } from './deploy.ts';
import { monitor } from './monitor.ts';
import { operate } from './operate.ts';
import { reconcile } from './reconcile.ts';
import { redact } from './redact.ts';
import { sandbox } from './sandbox.ts';
import { serve } from './serve.ts';
import { throughput } from './throughput.ts';
import { validate } from './validate.ts';

const benchmarks: readonly Benchmark[] = [
  cli,
  validate,
  redact,
  deploy,
  sandbox,
  throughput,
  reconcile,
  operate,
  monitor,
  serve,
];

const [name, ...options] = process.argv.slice(2);
const chosen = name === undefined ? benchmarks : benchmarks.filter((benchmark) => benchmark.name === name);
if (chosen.length === 0) {
  console.error(`there is no benchmark "${name}"; known: ${benchmarks.map((benchmark) => benchmark.name).join(', ')}`);
  process.exitCode = 2;
}
for (const benchmark of chosen) report(benchmark.name, await benchmark.run(options));
