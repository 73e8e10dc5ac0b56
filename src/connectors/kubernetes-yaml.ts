import { setOwn } from '../text/own.ts';
import { MASK } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import { type Fields, isFields, isStrimzi, type ShapeProblem } from './shape.ts';
import type { KeyPath, SourceDocument } from './source.ts';

const LEAST = -(2n ** 63n);
const MOST = 2n ** 64n - 1n;

/**
 * What Kubernetes makes of a plain scalar, as the text that Connect gets in the end; undefined where it is that very text.
 * Source: YAML 1.1 as go-yaml reads it, on which sigs.k8s.io/yaml is built.
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
    if (whole >= LEAST && whole <= MOST) return String(whole);
  }
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return undefined;
  const float = Number(text);
  return Number.isFinite(float) ? javaNumber(float) : undefined;
}

/** Kubernetes hands a whole number on without a point; any other one Strimzi's operator sends as Java writes it. */
function javaNumber(float: number): string {
  const size = Math.abs(float);
  if ((Number.isInteger(float) && size < 1e21) || (size >= 1e-3 && size < 1e7)) return String(float);
  const [digits = '', exponent = ''] = float.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** A Strimzi resource with its plain scalars as Kubernetes reads them; any other document is returned as it is. */
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
  for (const { key, path, written, meant } of found) {
    const span = locate(path)?.value;
    // Text in quotes is text.
    if (span === undefined || text.slice(span.start, span.end) !== written) continue;
    setOwn<unknown>(path.length > 2 ? read.config : read.spec, key, key === 'pause' ? meant === 'true' : meant);
    // 1.0 is 1 to everybody.
    if (!/^[-+]?\d+\.\d*$/.test(written)) problems.push(problemOf(key, path, written, meant));
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
  meant: string;
}

function differing(fields: Fields, at: KeyPath, keys = Object.keys(fields)): Difference[] {
  return keys.flatMap((key) => {
    const written = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const meant = typeof written === 'string' ? kubernetesValue(written) : undefined;
    return typeof written !== 'string' || meant === undefined ? [] : [{ key, path: [...at, key], written, meant }];
  });
}

function copyOf(fields: Fields): Fields {
  const copy: Fields = {};
  for (const [key, value] of Object.entries(fields)) setOwn(copy, key, value);
  return copy;
}

function problemOf(key: string, path: KeyPath, written: string, meant: string): ShapeProblem {
  const [shown, value] = isSecretName(key) ? [MASK, 'another value'] : [written, meant];
  return {
    rule: 'kubernetes-value',
    severity: 'warning',
    message: `"${key}: ${shown}" means ${value} to Kubernetes, which reads YAML 1.1`,
    hint: isSecretName(key) ? 'Put it in quotes.' : `Write ${meant}, or put it in quotes where the text is meant.`,
    key,
    path,
  };
}
