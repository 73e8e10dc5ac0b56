import { place } from '../../connectors/files.ts';
import type { Finding, Severity } from '../../connectors/finding.ts';
import { type ErrorDocument, toErrorDocument } from '../../errors/error.ts';
import { EXIT } from '../../errors/registry.ts';
import { compareTexts } from '../../text/compare-texts.ts';
import type { Integer } from '../../text/numbers.ts';
import type { AppliedFix } from '../../validate/fix.ts';
import type { ValidateResult } from '../../validate/run.ts';
import type { View } from '../command.ts';
import type { Versioned } from '../document.ts';
import { findingSamples } from '../finding-samples.ts';
import type { Style } from '../style.ts';
import { onScreen } from '../wrap-lines.ts';

interface ValidateViewOptions {
  /** Fail the run if there are more warnings than this; undefined for no limit. */
  maxWarnings?: number | undefined;
  /** Show errors only; everything is counted. */
  quiet?: boolean;
  /** Formats for other programs, if one was requested. */
  forms?: Readonly<Record<string, (result: ValidateResult) => string>>;
}

interface ShownFinding extends Omit<Finding, 'excerpt'> {
  /** Whether a fix is known. */
  fixable?: 'safe' | 'unsafe';
}

interface ValidateBody {
  /** Files that were read. */
  files: Integer;
  /** Connectors found in them. */
  connectors: Integer;
  errors: Integer;
  warnings: Integer;
  notes: Integer;
  findings: ShownFinding[];
  /** Number of findings by rule. */
  rules: Record<string, Integer>;
  /** How many of the findings --fix would fix, and how many more --fix-unsafe. */
  fixable: { safe: Integer; unsafe: Integer };
  /** What --fix or --fix-unsafe changed, before the check. */
  fixed?: AppliedFix[];
  /** What --fix or --fix-unsafe would change (--dry-run); the findings are those of the files as they are. */
  wouldFix?: AppliedFix[];
  /** The fixed text of standard input (--fix with -). */
  fixedText?: string;
  /** Why the worker did not respond (--remote). */
  error?: ErrorDocument;
}

/** @title sluice validate --json */
export type ValidateDocument = Versioned<ValidateBody>;

export function validateView({
  maxWarnings,
  quiet = false,
  forms = {},
}: ValidateViewOptions): View<ValidateResult, ValidateDocument> {
  return {
    forms: Object.fromEntries(
      Object.entries(forms).map(([name, form]) => [
        name,
        (result: ValidateResult) => form({ ...result, findings: shownOf(result, quiet) }),
      ]),
    ),
    verbatim: true,
    table: (result, style) => result.fixedText ?? findingsText(result, style, quiet),
    document: (result) => ({
      files: result.files,
      connectors: result.connectors,
      errors: result.errors,
      warnings: result.warnings,
      notes: result.notes,
      rules: Object.fromEntries(byRule(result)),
      fixable: fixable(result),
      ...(result.fixed.length > 0 ? { fixed: result.fixed } : {}),
      ...(result.wouldFix === undefined ? {} : { wouldFix: result.wouldFix }),
      ...(result.fixedText === undefined ? {} : { fixedText: result.fixedText }),
      ...(result.unanswered ? { error: toErrorDocument(result.unanswered) } : {}),
      findings: shownOf(result, quiet).map(({ fix, excerpt: _excerpt, ...finding }) => ({
        ...finding,
        ...(fix ? { fixable: fix.safe ? 'safe' : 'unsafe' } : {}),
      })),
    }),
    metrics: (result) => findingSamples('sluice_validate_findings', result),
    exitCode: (result) =>
      result.unanswered?.exitCode ??
      (result.errors > 0 || (maxWarnings !== undefined && result.warnings > maxWarnings) ? EXIT.invalid : EXIT.ok),
  };
}

/** What was fixed and what was found, for people. */
export function findingsText(result: ValidateResult, style: Style, quiet: boolean): string {
  // What must be fixed is right above the summary, where a terminal ends.
  const findings = shownOf(result, quiet).toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
  const blocks = findings.map((finding) => renderFinding(finding, style));
  const fixes = fixesOf(result, style).map((line) => onScreen(line, style));
  return [
    ...fixes,
    ...(fixes.length > 0 ? [''] : []),
    ...blocks,
    onScreen([summary(result, style), ...totals(result, style, quiet)].join('\n'), style),
  ].join('\n');
}

const RANK: Readonly<Record<Severity, number>> = { note: 0, warning: 1, error: 2 };

/** One line per fix. */
export function fixesOf({ fixed, wouldFix = [] }: ValidateResult, { color }: Style): string[] {
  const lines = (fixes: readonly AppliedFix[], verb: string) =>
    fixes.map(({ file, change }) => `${color.bold(file)}: ${verb}: ${change}`);
  return [...lines(fixed, color.green('fixed')), ...lines(wouldFix, color.yellow('would be fixed'))];
}

function shownOf({ findings }: ValidateResult, quiet: boolean) {
  return quiet ? findings.filter(({ severity }) => severity === 'error') : findings;
}

/** Place and message on one line, then the code frame and the hint. */
export function renderFinding(finding: Finding, style: Style): string {
  const { color } = style;
  const paint = paintOf(finding.severity, style);
  const head = `${color.bold(place(finding))}: ${paint(finding.severity)}: ${finding.message} ${color.dim(`[${finding.rule}]`)}`;
  const lines = [onScreen(head, style), ...codeFrame(finding, style)];
  if (finding.hint !== undefined) lines.push(onScreen(`  ${color.cyan('→')} ${finding.hint}`, style));
  return `${lines.join('\n')}\n`;
}

function paintOf(severity: Severity, { color }: Style): (text: string) => string {
  return severity === 'error' ? color.red : severity === 'warning' ? color.yellow : color.blue;
}

/** `  ` before the number of the line, ` | ` after it. */
const FRAME_EDGE = 5;
const LEAST_FRAME = 20;

function codeFrame({ position, excerpt, severity }: Finding, style: Style): string[] {
  if (!position || !excerpt || excerpt.text.trim() === '') return [];
  const { color } = style;
  const number = String(position.line);
  const gutter = ' '.repeat(number.length);
  const whole = excerpt.text.replaceAll('\t', ' ');
  const column = position.column - 1 - excerpt.offset;
  const room = style.interactive ? Math.max(LEAST_FRAME, style.width - number.length - FRAME_EDGE) : whole.length;
  // On a terminal, the part around the place.
  const from = Math.max(0, Math.min(column - LEAST_FRAME / 2, whole.length - room));
  const text = whole.slice(from, from + room);
  const frame = [`  ${color.dim(`${number} |`)} ${text}`];
  if (excerpt.masked) return frame;
  const start = column - from;
  const wanted = position.endLine === position.line ? position.endColumn - position.column : text.length - start;
  const length = Math.max(1, Math.min(wanted, text.length - start));
  frame.push(`  ${color.dim(`${gutter} |`)} ${' '.repeat(start)}${paintOf(severity, style)('^'.repeat(length))}`);
  return frame;
}

function summary({ files, connectors, errors, warnings, notes }: ValidateResult, { color }: Style): string {
  const counts = [
    errors > 0 ? color.red(count(errors, 'error')) : '',
    warnings > 0 ? color.yellow(count(warnings, 'warning')) : '',
    notes > 0 ? color.blue(count(notes, 'note')) : '',
  ].filter((text) => text !== '');
  const checked = `${count(connectors, 'connector')} in ${count(files, 'file')}`;
  return `${checked}: ${counts.length > 0 ? counts.join(', ') : color.green('nothing found')}`;
}

/** With more findings than this, also count them by rule. */
const MANY = 10;

function totals(result: ValidateResult, { color }: Style, quiet: boolean): string[] {
  const { safe, unsafe } = fixable(result);
  const fixes = [
    ...(safe > 0 ? [`${safe} with --fix`] : []),
    ...(unsafe > 0 ? [`${unsafe}${safe > 0 ? ' more' : ''} with --fix-unsafe`] : []),
  ].join(', ');
  const hidden = quiet ? result.warnings + result.notes : 0;
  return [
    ...(result.findings.length > MANY
      ? [
          `by rule: ${byRule(result)
            .map(([rule, number]) => `${rule} ${number}`)
            .join(', ')}`,
        ]
      : []),
    ...(hidden > 0 ? [color.dim('warnings and notes are not shown: --quiet')] : []),
    ...(fixes === '' ? [] : [`can be fixed: ${fixes}`]),
  ];
}

/** Rules by number of findings, descending. */
function byRule({ findings }: ValidateResult): [rule: string, findings: number][] {
  const counts = [...Map.groupBy(findings, ({ rule }) => rule)].map(([rule, own]): [string, number] => [
    rule,
    own.length,
  ]);
  return counts.sort(([a, first], [b, second]) => second - first || compareTexts(a, b));
}

function fixable({ findings }: ValidateResult): { safe: number; unsafe: number } {
  const fixes = findings.flatMap(({ fix }) => fix ?? []);
  const safe = fixes.filter((fix) => fix.safe).length;
  return { safe, unsafe: fixes.length - safe };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Formats for other programs, loaded only on demand: a plain run does not need them. Empty for any other format. */
export async function validateForms(
  output: string,
  version: string,
): Promise<Record<string, (result: ValidateResult) => string>> {
  if (!['compact', 'sarif', 'github', 'gitlab', 'junit'].includes(output)) return {};
  const [{ compactForm, githubForm, gitlabForm, junitForm, sarifForm }, { listRules }] = await Promise.all([
    import('./validate-forms.ts'),
    import('../../validate/rules/catalog.ts'),
  ]);
  return {
    compact: compactForm,
    github: githubForm,
    gitlab: gitlabForm,
    junit: junitForm,
    sarif: sarifForm(listRules().rules, version),
  };
}
