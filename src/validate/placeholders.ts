import { bracedIn } from '../text/braced.ts';
import type { Problem, Scope } from './problem.ts';

/** What plugins themselves fill in: JDBC sinks, routers of topics. */
const FILLED_IN = /^(topic|timestamp|partition|offset|key|table|schema|database|source\.[\w.]+|routedBy\w+)$/;

/** Placeholders that neither sluice nor a worker fills in would be sent as they are, and taken for the value itself. */
export function checkPlaceholders(scope: Scope, problems: Problem[]): void {
  for (const key in scope.config) {
    const written = scope.written(key);
    if (!written.includes('$') && !written.includes('{{')) continue;
    // There it is a group of the expression beside it.
    if (/(?:^|\.)replacement$/.test(key)) continue;
    const problem = strange(written);
    if (problem === undefined) continue;
    // Where the value is refused, this is why.
    const refused = problems.findIndex(({ rule, key: about }) => rule === 'invalid-value' && about === key);
    const severity = refused < 0 ? 'warning' : (problems[refused]?.severity ?? 'warning');
    if (refused >= 0) problems.splice(refused, 1);
    problems.push({ rule: 'unfilled-placeholder', severity, ...problem, key, part: 'value' });
  }
}

function strange(written: string): { message: string; hint: string } | undefined {
  const shell = /^\$([A-Za-z_]\w*)$/.exec(written)?.[1];
  if (shell !== undefined)
    return {
      message: `$${shell} is sent as it is: sluice fills in names in braces only`,
      hint: `Write \${${shell.toUpperCase()}}.`,
    };
  const template = /\{\{[^{}]*\}\}/.exec(written)?.[0];
  if (template !== undefined)
    return {
      message: `${template} is sent as it is: it is a placeholder of another tool`,
      hint: 'Render the file with that tool first, or write ${NAME}.',
    };
  // `$${` stands for `${` itself; a colon names a provider of the worker's, and capitals a variable of sluice's.
  for (const { inner: name, escaped } of bracedIn(written)) {
    if (escaped || name.includes(':')) continue;
    if (FILLED_IN.test(name) || /^[A-Z_][A-Z0-9_]*$/.test(name)) continue;
    return {
      message: `\${${name}} is sent as it is: neither sluice nor the worker fills it in`,
      hint: 'Variables of sluice have capitals, digits and underscores: ${DB_NAME}. Those of a worker name their provider: ${file:/path:key}. For the text itself write $${.',
    };
  }
  return undefined;
}
