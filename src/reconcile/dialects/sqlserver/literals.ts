import type { Column } from '../../../databases/model.ts';
import { HIDDEN_CHARACTER } from '../../../text/visible.ts';
import type { Form } from '../../model.ts';
import { stepped } from '../steps.ts';

const INTEGER = /^-?\d+$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** A T-SQL literal for a value of the column; floating-point numbers by their display text. */
export function literal(column: Column, form: Form, text: string | null): string {
  if (text === null) return 'NULL';
  if (form.kind === 'bytes') return /^([0-9a-f]{2})*$/i.test(text) ? `0x${text}` : textLiteral(text);
  if (form.kind === 'float') return floatLiteral(text);
  // Other texts (NaN) are left to the server, which refuses them by name.
  if (form.kind === 'integer' && INTEGER.test(text)) return text;
  if (form.kind === 'decimal' && DECIMAL.test(text)) return decimalLiteral(text);
  const { type } = column;
  if (form.kind === 'timestamp' && type.family === 'timestamp' && type.step !== undefined) {
    // Without a style, older types parse dates by session language; they accept at most three digits.
    return `CONVERT(${column.nativeType}, ${textLiteral(stepped(type.step, text))}, 121)`;
  }
  return textLiteral(text);
}

/** More digits than a decimal allows would be refused; trailing zeros mean nothing. */
function decimalLiteral(text: string): string {
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short.replace(/\D/g, '').length <= 38 ? short : textLiteral(short);
}

/**
 * Seventeen digits identify a double, with some room for a server that does not read the last one exactly. A cast from
 * binary to float does not exist. Infinity and NaN, which no column of SQL Server can hold, are refused by the server.
 */
export function floatLiteral(text: string): string {
  const number = Number(text);
  if (!Number.isFinite(number)) return `CAST(N'${text.replaceAll("'", "''")}' AS float)`;
  const [digits = '0', exponent = '0'] = number.toExponential(16).split('e');
  return `${digits.replace(/\.?0+$/, '')}E${exponent}`;
}

/** More pieces than this would nest too deeply for the server. */
const MAX_PIECES = 64;

/** Characters not written literally: control characters except tab, and those that mislead readers. */
const CODED = new RegExp(`(?:${HIDDEN_CHARACTER}|\\n)`, 'u');
const PIECES = new RegExp(`${CODED.source}|(?:(?!${CODED.source})[^])+`, 'gu');

/**
 * A text as nvarchar on one line. The server drops a backslash at the end of a line from a literal, and even inside one
 * sqlcmd treats a line `GO` as a command and `$(name)` as a variable.
 */
export function textLiteral(text: string): string {
  // Half a surrogate pair has no UTF-8, in which a script is written.
  if (!text.isWellFormed()) return hexLiteral(text);
  const pieces = (text.match(PIECES) ?? ['']).flatMap((piece) => piece.split(/(?<=\$)(?=\()/));
  if (pieces.length > MAX_PIECES) return hexLiteral(text);
  const [first = "N''", ...rest] = pieces.map((piece) =>
    CODED.test(piece) ? `NCHAR(${piece.charCodeAt(0)})` : `N'${piece.replaceAll("'", "''")}'`,
  );
  if (rest.length === 0) return first;
  // Concatenated short texts are silently cut at 8000 bytes.
  return [text.length > 4000 ? `CAST(${first} AS nvarchar(max))` : first, ...rest].join(' + ');
}

function hexLiteral(text: string): string {
  return `CAST(0x${Buffer.from(text, 'utf16le').toString('hex')} AS nvarchar(max))`;
}
