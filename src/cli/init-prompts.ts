import type { Placeholder, TemplateSummary } from '../connectors/templates/model.ts';
import { isUrl } from '../project/init.ts';
import type { CiService } from '../project/init-ci.ts';
import { fitQuestion } from './questions.ts';

export interface AskedContext {
  name: string;
  connect: string;
  bootstrapServers: string | undefined;
  protected: boolean;
}

/** Questions of `sluice init`, asked on stderr. Each rejects when the run is interrupted. */
export class InitPrompts {
  readonly #context: { output: NodeJS.WritableStream; signal: AbortSignal };

  constructor(signal: AbortSignal) {
    this.#context = { output: process.stderr, signal };
  }

  async contexts(): Promise<AskedContext[]> {
    const { confirm, input } = await import('@inquirer/prompts');
    const contexts: AskedContext[] = [];
    for (;;) {
      const first = contexts.length === 0;
      const name = await input(
        { message: 'Name of a context', default: first ? 'dev' : 'production', required: true },
        this.#context,
      );
      const connect = await input(
        {
          message: `URL of its Connect REST API`,
          ...(first ? { default: 'http://localhost:8083' } : {}),
          validate: (text) => isUrl(text) || 'Write it as http://host:8083.',
        },
        this.#context,
      );
      const bootstrapServers = await input({ message: 'Its Kafka bootstrap servers (empty: none)' }, this.#context);
      const guarded = await confirm(
        { message: 'Protect it, to confirm every change by name?', default: !first },
        this.#context,
      );
      contexts.push({ name, connect, bootstrapServers: bootstrapServers || undefined, protected: guarded });
      if (!(await confirm({ message: 'Another context?', default: false }, this.#context))) return contexts;
    }
  }

  async templates(known: readonly TemplateSummary[]): Promise<string[]> {
    const { checkbox } = await import('@inquirer/prompts');
    return checkbox(
      {
        message: 'Connectors to start from',
        choices: known.map(({ name, summary }) => ({ value: name, description: fitQuestion(summary) })),
        pageSize: 12,
      },
      this.#context,
    );
  }

  async value(template: string, name: string, { description, example, values }: Placeholder): Promise<string> {
    const { input, select } = await import('@inquirer/prompts');
    const message = fitQuestion(`${template}: ${name} (${description.replace(/\.$/, '')})`);
    if (values !== undefined) {
      return select({ message, choices: values.map((value) => ({ value })) }, this.#context);
    }
    return input({ message, required: true, ...(example === undefined ? {} : { default: example }) }, this.#context);
  }

  async ci(): Promise<CiService | 'none'> {
    const { select } = await import('@inquirer/prompts');
    return select(
      {
        message: 'Validate, plan, deploy and look for drift in CI?',
        choices: [
          { value: 'none' as const, name: 'no' },
          { value: 'github' as const, name: 'GitHub Actions' },
          { value: 'gitlab' as const, name: 'GitLab CI' },
        ],
        default: 'none' as const,
      },
      this.#context,
    );
  }
}
