import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { packagePath } from '../../src/config/package-root.ts';

/** What both kinds of files come down to: the scripts of a job and its variables, as written. */
export interface CiJob {
  scripts: string[];
  env: Record<string, string>;
}

interface GithubJob {
  steps: { run?: string; env?: Record<string, string> }[];
}

export function githubJobs(text: string): Map<string, CiJob> {
  const { jobs, env } = parse(text) as { jobs: Record<string, GithubJob>; env: Record<string, string> };
  return new Map(
    Object.entries(jobs).map(([name, { steps }]) => [
      name,
      {
        scripts: steps.flatMap(({ run }) => run ?? []),
        env: Object.assign({}, env, ...steps.map((step) => step.env ?? {})),
      },
    ]),
  );
}

export function gitlabJobs(text: string): Map<string, CiJob> {
  const { variables, default: common, ...rest } = parse(text);
  const jobs = Object.entries(rest as Record<string, { script?: string[] }>).filter(([, { script }]) => script);
  return new Map(
    jobs.map(([name, { script = [] }]) => [
      name,
      { scripts: [[...common.before_script, ...script].join('\n')], env: { ...variables } },
    ]),
  );
}

export interface JobRun {
  code: number;
  output: string;
  /** What the job wrote for the jobs after it. */
  outputs: string;
  summary: string;
}

/** A runner for the scripts of jobs: bash, with stand-ins for `npm` and `gh`, and `npx` that starts this sluice. */
export class CiRunner {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #env: Readonly<Record<string, string>>;

  /** @param folder that of the project @param temporary kept between jobs, like what they upload */
  constructor(
    folder: string,
    temporary: string,
    { secrets = {}, env = {} }: { secrets?: Record<string, string>; env?: Record<string, string> } = {},
  ) {
    this.#folder = folder;
    this.#temporary = temporary;
    this.#secrets = secrets;
    this.#env = env;
    mkdirSync(path.join(temporary, 'bin'), { recursive: true });
    this.#program('npm', '[ "$*" = ci ]');
    this.#program(
      'npx',
      `[ "$1 $2" = "--no sluice" ] || exit 97\nshift 2\nexec "${process.execPath}" -- "${packagePath('bin', 'run.js')}" "$@"`,
    );
    this.#program(
      'gh',
      `echo "$*" >> "${this.at('gh.log')}"
case "$*" in
  *--paginate*) cat "${this.at('comment.id')}" 2> /dev/null || true ;;
  *body=@comment.md*) cp comment.md "${this.at('comment.md')}"; echo 7 > "${this.at('comment.id')}" ;;
  *) exit 98 ;;
esac`,
    );
  }

  at(name: string): string {
    return path.join(this.#temporary, name);
  }

  #program(name: string, text: string): void {
    const file = path.join(this.#temporary, 'bin', name);
    writeFileSync(file, `#!/bin/bash\n${text}\n`);
    chmodSync(file, 0o755);
  }

  /** Runs the scripts of a job until one fails. @param without names of secrets that are missing */
  async run({ scripts, env }: CiJob, { without = [] as string[] } = {}): Promise<JobRun> {
    const [outputs, summary] = [this.at('outputs'), this.at('summary')];
    for (const file of [outputs, summary]) writeFileSync(file, '');
    // What an artifact brings into the folder of the job.
    if (existsSync(this.at('plan.md'))) copyFileSync(this.at('plan.md'), path.join(this.#folder, 'plan.md'));
    const filled = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        String(value).replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
          const [, secret] = /^secrets\.(\w+)$/.exec(expression) ?? [];
          // A missing secret is an empty text.
          if (secret !== undefined) return without.includes(secret) ? '' : (this.#secrets[secret] ?? '');
          return expression === 'github.token' ? 'a token' : '42';
        }),
      ]),
    );
    let output = '';
    for (const script of scripts) {
      const result = await this.#bash(script, { ...filled, GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: summary });
      output += result.output;
      appendFileSync(this.at('log'), result.output);
      if (result.code !== 0) return this.#result(result.code, output);
    }
    return this.#result(0, output);
  }

  #result(code: number, output: string): JobRun {
    const read = (name: string) => readFileSync(this.at(name), 'utf8');
    return { code, output, outputs: read('outputs'), summary: read('summary') };
  }

  #bash(script: string, env: Record<string, string>): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: this.#folder,
        env: {
          PATH: `${path.join(this.#temporary, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
          HOME: process.env.HOME ?? '/',
          CI: 'true',
          RUNNER_TEMP: this.#temporary,
          GITHUB_REPOSITORY: 'owner/project',
          ...this.#env,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          output += chunk;
        });
      }
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, output }));
    });
  }
}
