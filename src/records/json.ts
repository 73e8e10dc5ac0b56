/** The third argument of a reviver. */
interface Place {
  source?: string;
}

/**
 * The value of a JSON text; undefined for any other text. A number that JavaScript cannot hold exactly becomes text: an identifier of 64 bits
 * would otherwise be shown as another one.
 */
export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text, exact as Parameters<typeof JSON.parse>[1]) };
  } catch {
    return undefined;
  }
}

function exact(_key: string, value: unknown, { source }: Place = {}): unknown {
  if (typeof value !== 'number' || source === undefined) return value;
  return isExact(value, source) ? value : source;
}

/** Whether the text says the number and nothing more: `1.50` and `1e3` do, `0.1000000000000000055` does not. */
function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  const short = String(value);
  return short === source || decimal(short) === decimal(source);
}

/** The digits without zeros at the ends, and the power of ten. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

/** The payload of a JSON text as Connect's converter writes it with `schemas.enable`; undefined for any other. */
export function payloadOf(value: unknown): { payload: unknown } | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length !== 2 || !('schema' in value) || !('payload' in value)) return undefined;
  const { schema, payload } = value as { schema: unknown; payload: unknown };
  const isSchema =
    schema === null || (typeof schema === 'object' && typeof (schema as { type?: unknown }).type === 'string');
  return isSchema ? { payload } : undefined;
}
