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
    const found = strange(written);
    if (found === undefined) continue;
    // A password may look like one: it is no more shown here than elsewhere.
    const isShown = scope.show(key).includes(found.placeholder);
    // Within a password such signs are more likely its own.
    if (!isShown && found.part) continue;
    const problem = {
      message: `${isShown ? found.placeholder : `${found.form} in ${key}`} is sent as it is: ${found.why}`,
      hint: isShown ? found.hint : (found.plainHint ?? found.hint),
    };
    // Where the value is refused, this is why.
    const refused = problems.findIndex(({ rule, key: about }) => rule === 'invalid-value' && about === key);
    const severity = refused < 0 ? 'warning' : (problems[refused]?.severity ?? 'warning');
    if (refused >= 0) problems.splice(refused, 1);
    problems.push({ rule: 'unfilled-placeholder', severity, ...problem, key, part: 'value' });
  }
}

interface Placeholder {
  /** As it is written. */
  placeholder: string;
  /** What it looks like, where itself must not be shown. */
  form: string;
  /** It is only a part of the value, and could be meant as it is. */
  part: boolean;
  why: string;
  hint: string;
  /** The hint without a text of the value. */
  plainHint?: string;
}

/** A name in capitals, wherever it is: `jdbc:postgresql://$DB_HOST/shop`, but not `Outer$INNER`, `$$ROOT` or `$BODY$`. */
const SHELL_PART = /(?<![\\$\w])\$([A-Z][A-Z0-9_]+)(?![\w$])/;

/** `${NAME:?text}`, `${NAME:+text}` and `${NAME:=text}`; to a worker NAME would be a provider. */
const SHELL_FORM = /^[A-Z_][A-Z0-9_]*:[?+=]/;
const UNCLOSED = /^\$\{[A-Za-z_]\w*/;

function strange(written: string): Placeholder | undefined {
  const whole = /^\$([A-Za-z_]\w*)$/.exec(written)?.[1];
  const shell = whole ?? SHELL_PART.exec(written)?.[1];
  if (shell !== undefined)
    return {
      placeholder: `$${shell}`,
      form: 'a $NAME',
      part: whole === undefined,
      why: 'sluice only fills in names in braces',
      hint: `Write \${${shell.toUpperCase()}}.`,
      plainHint: 'Write ${NAME}.',
    };
  const template = /\{\{[^{}]*\}\}/.exec(written)?.[0];
  if (template !== undefined)
    return {
      placeholder: template,
      form: 'a {{ name }}',
      part: false,
      why: 'it is a placeholder of another tool',
      hint: 'Render the file with that tool first, or write ${NAME}.',
    };
  // `$${` stands for `${` itself; a colon names a provider of the worker's, and capitals a variable of sluice's.
  for (const { inner: name, escaped } of bracedIn(written)) {
    if (!escaped && SHELL_FORM.test(name))
      return {
        placeholder: `\${${name}}`,
        form: 'a ${NAME:?text}',
        part: false,
        why: 'sluice fills in ${NAME} and ${NAME:-default}, and no other form of a shell',
        hint: 'Write one of these two forms.',
      };
    if (escaped || name.includes(':')) continue;
    if (FILLED_IN.test(name) || /^[A-Z_][A-Z0-9_]*$/.test(name)) continue;
    return {
      placeholder: `\${${name}}`,
      form: 'a ${name}',
      part: false,
      why: 'neither sluice nor the worker fills it in',
      hint: 'Variables of sluice have capitals, digits and underscores: ${DB_NAME}. Those of a worker name their provider: ${file:/path:key}. For the text itself write $${.',
    };
  }
  const open = written.lastIndexOf('${');
  const unclosed = open < 0 || written.includes('}', open) ? undefined : UNCLOSED.exec(written.slice(open))?.[0];
  if (unclosed !== undefined && written[open - 1] !== '$')
    return {
      placeholder: unclosed,
      form: 'a ${NAME',
      part: open > 0,
      why: 'its closing brace is missing',
      hint: 'Close it with }, or write $${ for the text itself.',
    };
  return undefined;
}
