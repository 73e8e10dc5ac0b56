import { bracedIn } from '../../text/braced.ts';
import type { RuleFinding, Scope } from './scope.ts';

/** Placeholders that plugins fill in: JDBC sinks, topic routers. */
const FILLED_IN = /^(topic|timestamp|partition|offset|key|table|schema|database|source\.[\w.]+|routedBy\w+)$/;

/** The same in the form of Aiven's sinks: `{{topic}}-{{timestamp:unit=yyyy}}`. */
const FILLED_IN_BRACES = /^\{\{\s*(?:topic|partition|start_offset|timestamp|key)\s*(?::[^{}]*)?\}\}$/;

/** Reports placeholders that neither sluice nor a worker fills in: they are sent unchanged and used as the value. */
export function checkPlaceholders(scope: Scope, findings: RuleFinding[]): void {
  for (const key of scope.keys) {
    const written = scope.written(key);
    if (!written.includes('$') && !written.includes('{{')) continue;
    // Here it refers to a group of the regular expression.
    if (/(?:^|\.)replacement$/.test(key)) continue;
    const found = strange(written);
    if (found === undefined) continue;
    // A password may look like a placeholder; never show it.
    const isShown = scope.show(key).includes(found.placeholder);
    // Inside a password such characters are probably part of it.
    if (!isShown && found.part) continue;
    const problem = {
      message: `${isShown ? found.placeholder : `${found.form} in ${key}`} is sent unchanged: ${found.why}`,
      hint: isShown ? found.hint : (found.plainHint ?? found.hint),
    };
    // If the value is invalid, this is the reason.
    const refused = findings.findIndex(({ rule, key: about }) => rule === 'invalid-value' && about === key);
    const severity = refused < 0 ? 'warning' : (findings[refused]?.severity ?? 'warning');
    if (refused >= 0) findings.splice(refused, 1);
    findings.push({ rule: 'unfilled-placeholder', severity, ...problem, key, part: 'value' });
  }
}

interface Placeholder {
  /** As written. */
  placeholder: string;
  /** Its form, for when the text itself must not be shown. */
  form: string;
  /** It is only part of the value, and could be intended literally. */
  part: boolean;
  why: string;
  hint: string;
  /** The hint without any text from the value. */
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
  const template = written.match(/\{\{[^{}]*\}\}/g)?.find((one) => !FILLED_IN_BRACES.test(one));
  if (template !== undefined)
    return {
      placeholder: template,
      form: 'a {{ name }}',
      part: false,
      why: 'it is a placeholder of another tool',
      hint: 'Render the file with that tool first, or write ${NAME}.',
    };
  // `$${` is a literal `${`; a colon indicates a provider of the worker, and capitals a variable of sluice.
  for (const { inner: name, escaped } of bracedIn(written)) {
    if (!escaped && SHELL_FORM.test(name))
      return {
        placeholder: `\${${name}}`,
        form: 'a ${NAME:?text}',
        part: false,
        why: 'sluice fills in only ${NAME} and ${NAME:-default}, no other shell syntax',
        hint: 'Use one of these two forms.',
      };
    if (escaped || name.includes(':')) continue;
    if (FILLED_IN.test(name) || /^[A-Z_][A-Z0-9_]*$/.test(name)) continue;
    return {
      placeholder: `\${${name}}`,
      form: 'a ${name}',
      part: false,
      why: 'neither sluice nor the worker fills it in',
      hint: 'Variables of sluice use capitals, digits and underscores: ${DB_NAME}. References of the worker name their provider: ${file:/path:key}. For the literal text, write $${.',
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
      hint: 'Close it with }, or write $${ for the literal text.',
    };
  return undefined;
}
