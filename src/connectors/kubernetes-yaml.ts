import { setOwn } from '../text/own.ts';
import { MASK } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import { type Fields, isFields, isStrimzi, type ShapeProblem } from './document-kinds.ts';
import type { KeyPath, SourceDocument } from './sources/source.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 64n - 1n;

/**
 * A plain scalar as Kubernetes reads it, in the text that Connect finally gets; undefined if that is the same text.
 * Source: YAML 1.1 as read by go-yaml, on which sigs.k8s.io/yaml is built.
 */
export function kubernetesValue(plain: string): string | undefined {
  if (/^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(plain)) return 'true';
  if (/^(?:n|N|no|No|NO|off|Off|OFF)$/.test(plain)) return 'false';
  if (!/^[-+.\d]/.test(plain)) return undefined;
  const number = numberOf(plain.replaceAll('_', ''));
  return number === plain ? undefined : number;
}

function numberOf(text: string): string | undefined {
  const [, sign, digits = ''] = /^([-+]?)(0[xX][\dA-Fa-f]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/.exec(text) ?? [];
  if (sign !== undefined) {
    const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
    const whole = sign === '-' ? -size : size;
    if (whole >= MIN && whole <= MAX) return String(whole);
  }
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return undefined;
  const float = Number(text);
  return Number.isFinite(float) ? javaNumber(float) : undefined;
}

/** Kubernetes passes on whole numbers without a point; Strimzi's operator sends all others as Java writes them. */
function javaNumber(float: number): string {
  const size = Math.abs(float);
  if ((Number.isInteger(float) && size < 1e21) || (size >= 1e-3 && size < 1e7)) return String(float);
  const [digits = '', exponent = ''] = float.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** A Strimzi resource with its plain scalars as Kubernetes reads them; any other document is returned unchanged. */
export async function readAsKubernetes(
  document: SourceDocument,
  text: string,
): Promise<{ document: SourceDocument; problems: ShapeProblem[] }> {
  const { value } = document;
  const spec = isStrimzi(value) && isFields(value['spec']) ? value['spec'] : undefined;
  if (spec === undefined) return { document, problems: [] };
  const config = isFields(spec['config']) ? spec['config'] : {};
  const found = [...differing(spec, ['spec'], ['tasksMax', 'pause']), ...differing(config, ['spec', 'config'])];
  if (found.length === 0) return { document, problems: [] };
  const locate = await document.locator();
  const problems: ShapeProblem[] = [];
  const read = { spec: copyOf(spec), config: copyOf(config) };
  for (const { key, path, written, effective } of found) {
    const span = locate(path)?.value;
    // Quoted text stays text.
    if (span === undefined || text.slice(span.start, span.end) !== written) continue;
    setOwn<unknown>(path.length > 2 ? read.config : read.spec, key, key === 'pause' ? effective === 'true' : effective);
    // Reading 1.0 as 1 surprises no one.
    if (!/^[-+]?\d+\.\d*$/.test(written)) problems.push(problemOf(key, path, written, effective));
  }
  return {
    document: { ...document, value: { ...(value as Fields), spec: { ...read.spec, config: read.config } } },
    problems,
  };
}

interface Difference {
  key: string;
  path: KeyPath;
  written: string;
  effective: string;
}

function differing(fields: Fields, at: KeyPath, keys = Object.keys(fields)): Difference[] {
  return keys.flatMap((key) => {
    const written = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const effective = typeof written === 'string' ? kubernetesValue(written) : undefined;
    return typeof written !== 'string' || effective === undefined
      ? []
      : [{ key, path: [...at, key], written, effective }];
  });
}

function copyOf(fields: Fields): Fields {
  const copy: Fields = {};
  for (const [key, value] of Object.entries(fields)) setOwn(copy, key, value);
  return copy;
}

function problemOf(key: string, path: KeyPath, written: string, effective: string): ShapeProblem {
  const [shown, value] = isSecretName(key) ? [MASK, 'another value'] : [written, effective];
  return {
    rule: 'kubernetes-value',
    severity: 'warning',
    message: `"${key}: ${shown}" means ${value} to Kubernetes, which reads YAML 1.1`,
    hint: isSecretName(key) ? 'Put it in quotes.' : `Write ${effective}, or put it in quotes to keep the text.`,
    key,
    path,
  };
}
