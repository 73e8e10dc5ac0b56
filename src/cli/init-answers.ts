import { listTemplates, loadTemplate } from '../connectors/templates/load.ts';
import type { Placeholder, TemplateSummary } from '../connectors/templates/model.ts';
import { parseAssignments, type Values } from '../connectors/templates/values.ts';
import { SluiceError } from '../errors/error.ts';
import type { CiService } from '../project/init-ci.ts';
import type { AddRequest, InitContext, InitRequest, InitTemplate } from '../project/init-request.ts';

/** The flags of `sluice init`. */
export interface InitFlags {
  /** `NAME=URL` */
  connect: readonly string[];
  /** `NAME=HOST:PORT` */
  kafka: readonly string[];
  protect: readonly string[];
  template: readonly string[];
  /** `PLACEHOLDER=VALUE`, or `TEMPLATE.PLACEHOLDER=VALUE` for one template only. */
  set: readonly string[];
  /** `none` asks nothing. */
  ci: CiService | 'none' | undefined;
  hook: boolean;
}

/** Asks for what the flags leave open; undefined if there is no terminal. */
export interface InitQuestions {
  contexts(): Promise<InitContext[]>;
  templates(known: readonly TemplateSummary[]): Promise<string[]>;
  value(template: string, name: string, placeholder: Placeholder): Promise<string>;
  ci(): Promise<CiService | 'none'>;
}

/**
 * Builds the request from flags and, for what they leave open, answers.
 * @throws REQUEST_INVALID, TEMPLATE_UNKNOWN, TEMPLATE_VALUES
 */
export async function initRequest(
  folder: string,
  flags: InitFlags,
  questions: InitQuestions | undefined,
): Promise<InitRequest> {
  const contexts = flags.connect.length === 0 && questions ? await questions.contexts() : contextsOf(flags);
  const names = flags.template.length === 0 && questions ? await questions.templates(listTemplates()) : flags.template;
  const templates = await templatesOf([...new Set(names)], parseAssignments(flags.set), questions);
  const ci = flags.ci ?? (await questions?.ci()) ?? 'none';
  return { folder, contexts, templates, ci: ci === 'none' ? undefined : ci, hook: flags.hook };
}

/** The request if the flags only ask for files that an existing project can get, too. */
export function onlyAdds(folder: string, { ci, hook, ...flags }: InitFlags): AddRequest | undefined {
  const added = ci === 'none' ? undefined : ci;
  if (added === undefined && !hook) return undefined;
  const { connect, kafka, protect, template, set } = flags;
  if ([connect, kafka, protect, template, set].some((one) => one.length > 0)) return undefined;
  return { folder, ci: added, hook };
}

function contextsOf({ connect, kafka, protect }: InitFlags): InitContext[] {
  const pairs = (texts: readonly string[], flag: string) => texts.map((text) => pairOf(text, flag));
  const brokers = new Map(pairs(kafka, '--kafka'));
  const contexts = pairs(connect, '--connect').map(([name, url]) => ({
    name,
    connect: url,
    bootstrapServers: brokers.get(name),
    protected: protect.includes(name),
  }));
  for (const name of [...brokers.keys(), ...protect]) {
    if (contexts.some((context) => context.name === name)) continue;
    throw new SluiceError('REQUEST_INVALID', `there is no context ${name}`, { hint: `Add it: --connect ${name}=URL` });
  }
  return contexts;
}

function pairOf(text: string, flag: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals > 0 && equals < text.length - 1) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new SluiceError('REQUEST_INVALID', `${flag} needs NAME=VALUE`, {
    hint: flag === '--connect' ? 'Example: --connect dev=http://localhost:8083' : 'Example: --kafka dev=localhost:9092',
  });
}

async function templatesOf(
  names: readonly string[],
  given: Values,
  questions: InitQuestions | undefined,
): Promise<InitTemplate[]> {
  const templates = await Promise.all(names.map((name) => loadTemplate(name)));
  const used = new Set<string>();
  const result: InitTemplate[] = [];
  for (const { name, placeholders } of templates) {
    const values = new Map<string, string>();
    for (const placeholder of Object.keys(placeholders)) {
      // A value for one template overrides the value for all.
      for (const key of [placeholder, `${name}.${placeholder}`]) {
        const value = given.get(key);
        if (value === undefined) continue;
        used.add(key);
        values.set(placeholder, value);
      }
    }
    for (const [placeholder, described] of Object.entries(placeholders)) {
      if (!described.required || values.has(placeholder) || questions === undefined) continue;
      values.set(placeholder, await questions.value(name, placeholder, described));
    }
    result.push({ template: name, values });
  }
  const unused = [...given.keys()].filter((key) => !used.has(key));
  if (unused.length > 0) {
    throw new SluiceError('TEMPLATE_VALUES', `no chosen template has the placeholder ${unused.join(', ')}`, {
      hint: 'See the placeholders: sluice template show TEMPLATE. For one template only: --set TEMPLATE.NAME=VALUE',
      details: { unknown: unused },
    });
  }
  return result;
}
