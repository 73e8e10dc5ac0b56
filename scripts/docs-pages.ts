import { wrapAnsi } from 'fast-wrap-ansi';
import { ERRORS, type ErrorCode } from '../src/errors/registry.ts';
import { type CauseKind, KNOWN_CAUSES } from '../src/monitor/known-causes.ts';
import { allRules, type RuleGroup } from '../src/validate/rules/catalog.ts';
import { DESCRIPTIONS } from './error-descriptions.ts';

const WIDTH = 120;
const GENERATED = '<!-- Written by npm run docs; do not edit. -->';

const ERRORS_HEAD = `# Errors and exit codes

${GENERATED}

Every error that \`sluice\` prints has a stable code in brackets, a sentence that says what failed and where, and often a hint about
what to do next. With \`-o json\` (or yaml), stdout has the same as
\`{"schemaVersion": 1, "error": {"code", "message", "hint", "details"}}\`. Secrets are masked everywhere, and \`--verbose\`
adds the chain of causes on stderr.

## Exit codes

Exit codes are the same for every command. 3–9 belong to Node.

| code     | meaning                                         |
| -------- | ----------------------------------------------- |
| 0        | done, nothing found                             |
| 1        | internal error: a bug in sluice                 |
| 2        | usage or configuration                          |
| 10       | the answer is no: differences, unhealthy, drift |
| 11       | validation failed                               |
| 12       | unreachable or not authorised                   |
| 13       | rejected by the remote, or rolled back          |
| 14       | partial: some targets done, some not            |
| 15       | timed out                                       |
| 16       | undetermined: no final verdict                  |
| 130, 143 | interrupted (SIGINT), terminated (SIGTERM)      |

If every target failed for the same reason, the exit code is that of the reason; if some succeeded, it is 14. A closed pipe
(\`sluice status | head -1\`) ends quietly.
`;

const RULES_HEAD = `# Rules

${GENERATED}

What \`sluice validate\` finds, by id; \`sluice rules list\` and \`sluice rules show ID\` show the same. An error
means that the worker refuses the config, or that the connector fails when it starts. A warning means that the worker accepts
the config, but that part of it has no effect, or causes trouble later. A note is for information.

To change severities, or to silence single findings, see [validate.md](validate.md#severities-and-silence).
`;

const CAUSES_HEAD = `# Causes of failures

${GENERATED}

The failures that sluice knows by the trace of a connector or a task. \`deploy\`, \`status\` and \`doctor\` show what to do, and
[healing](heal.md) decides by the kind whether a restart helps. The innermost exception that is known counts, so "Exceeded max
retries" around a violated constraint is permanent. Any other cause is unknown.
`;

const KINDS: Record<CauseKind, { title: string; about: string }> = {
  transient: { title: 'Transient', about: 'It goes away by itself, and a restart then helps.' },
  permanent: { title: 'Permanent', about: 'It fails again until somebody has changed something.' },
  unknown: { title: 'Unknown', about: 'It may be either.' },
};

const GROUPS: Record<RuleGroup, { title: string; about: string }> = {
  files: { title: 'Files', about: 'Problems with a file, found before its keys are checked.' },
  keys: { title: 'Keys and values', about: 'Keys, values and classes, each by itself.' },
  chains: { title: 'Transforms, predicates and converters', about: 'Keys below aliases and converters.' },
  plugins: { title: 'Between keys', about: 'Keys of one connector that do not fit together.' },
  together: { title: 'Between connectors', about: 'Found when several files are checked at once.' },
  remote: { title: 'From the worker', about: 'Found with `--remote`.' },
  operation: {
    title: 'Operation',
    about: 'The worker accepts these settings and the connector runs, but an operator may regret them.',
  },
};

/** docs/errors.md */
export function errorsPage(): string {
  const groups = Object.entries(DESCRIPTIONS).map(([title, codes]) => {
    const sections = Object.entries(codes).map(([code, text]) => section(code, exitOf(code as ErrorCode), text));
    return `\n## ${title}\n${sections.join('')}`;
  });
  return ERRORS_HEAD + groups.join('');
}

/** docs/rules.md */
export function rulesPage(): string {
  const groups = [...Map.groupBy(allRules(), (rule) => rule.group)].map(([group, rules]) => {
    const { title, about } = GROUPS[group];
    const sections = rules.map(({ id, severity, summary, reason }) =>
      section(id, `${severity[0]?.toUpperCase()}${severity.slice(1)}.`, `${summary}. ${reason}`),
    );
    return `\n## ${title}\n\n${about}\n${sections.join('')}`;
  });
  return RULES_HEAD + groups.join('');
}

/** docs/causes.md */
export function causesPage(): string {
  const kinds = Object.entries(KINDS).map(([kind, { title, about }]) => {
    const rows = KNOWN_CAUSES.filter((one) => one.kind === kind).map(
      ({ id, hint }) => `| \`${id}\` | ${hint.replaceAll('|', '\\|')} |\n`,
    );
    return `\n## ${title}\n\n${about}\n\n| cause | what to do |\n| --- | --- |\n${rows.join('')}`;
  });
  return CAUSES_HEAD + kinds.join('');
}

function section(title: string, first: string, text: string): string {
  const paragraphs = `${first} ${text}`.split('\n\n').map((paragraph) => wrapAnsi(paragraph, WIDTH));
  return `\n### ${title}\n\n${paragraphs.join('\n\n')}\n`;
}

function exitOf(code: ErrorCode): string {
  return `Exit ${ERRORS[code].exit}.`;
}
