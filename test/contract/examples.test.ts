import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from '@oclif/core';
import { Config } from '@oclif/core/config';
import { parse } from '@oclif/core/parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';

interface Example {
  where: string;
  line: string;
}

/** Words of a simple shell line, up to the first pipe, redirection, `&&` or comment; quotes are taken away. */
function words(line: string): string[] {
  const found: string[] = [];
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+(?:"[^"]*"|'[^']*')?[^\s"']*)/g)) {
    const word = match[1] ?? match[2] ?? (match[3] ?? '').replace(/["']/g, '');
    if (/^(\||\|\||&&|;|>|>>|2>&1|#.*|&)$/.test(word)) break;
    found.push(word);
  }
  return found;
}

function docExamples(): Example[] {
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(packagePath('docs'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.join('docs', file)),
  ];
  return files.flatMap((file) =>
    [...readFileSync(packagePath(file), 'utf8').matchAll(/```(?:sh|bash|console|shell)\n([\s\S]*?)```/g)].flatMap(
      (block) =>
        (block[1] ?? '')
          .replaceAll('\\\n', ' ')
          .split('\n')
          .map((line) =>
            line
              .trim()
              .replace(/^\$ /, '')
              .replace(/^(?:[A-Z_]+=\S+ )+/, '')
              .replace(/^node bin\/(?:dev|run)\.js/, 'sluice'),
          )
          .filter((line) => line.startsWith('sluice ') && !/…|\.\.\.|<[a-z]|\[/.test(line))
          .map((line) => ({ where: file, line })),
    ),
  );
}

let config: Config;
beforeAll(async () => {
  const pjson = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
  config = await Config.load({ root: packageRoot(), pjson, ignoreManifest: true });
});

async function check(example: Example): Promise<void> {
  const [, ...argv] = words(example.line);
  let found: Command.Loadable | undefined;
  let taken = 0;
  for (let count = argv.length; count > 0 && !found; count -= 1) {
    found = config.findCommand(argv.slice(0, count).join(':'));
    taken = count;
  }
  if (!found) {
    if (
      argv.every((word) => word.startsWith('-')) ||
      config.findTopic(argv.filter((word) => !word.startsWith('-')).join(':'))
    )
      return;
    throw new Error(`${example.where}: no such command: ${example.line}`);
  }
  const command = await found.load();
  const rest = argv.slice(taken);
  if (rest.includes('--help')) return;
  try {
    await parse(rest, {
      args: command.args,
      flags: { ...command.baseFlags, ...command.flags },
      strict: command.strict,
      context: undefined,
    } as never);
  } catch (error) {
    throw new Error(`${example.where}: ${example.line}: ${(error as Error).message}`);
  }
}

describe('examples', () => {
  it('of every command parse', async () => {
    const examples = config.commands
      .filter((command) => command.pluginName === 'sluice' && !command.hidden)
      .flatMap((command) => {
        const list = (command.examples ?? []).map((example) =>
          typeof example === 'string' ? example : example.command,
        );
        return [{ id: command.id, list }];
      });
    for (const { id, list } of examples) {
      expect(list.length, `${id} has no example`).toBeGreaterThan(0);
      for (const line of list) {
        const text = line
          .replaceAll('<%= config.bin %>', 'sluice')
          .replaceAll('<%= command.id %>', id.replaceAll(':', ' '));
        await check({ where: `help of ${id}`, line: text.trim().split('\n').at(-1)?.trim().replace(/^\$ /, '') ?? '' });
      }
    }
  });

  it('in the docs parse', async () => {
    const examples = docExamples();
    for (const example of examples) await check(example);
  });
});
