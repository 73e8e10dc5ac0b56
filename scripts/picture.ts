// Renders terminal output as an SVG (test/integration/opening.test.ts draws that of the README):
//   FORCE_COLOR=1 sluice demo 2>&1 | grep -v … | node scripts/picture.ts '$ sluice demo' > docs/demo.svg
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-width';

const COLOURS: Record<number, string> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};
const LINE = 19;
const CHARACTER = 8.43;
const PADDING = 20;
const GAP = 10;

interface Run {
  text: string;
  bold: boolean;
  dim: boolean;
  colour: string | undefined;
}

function runs(line: string): Run[] {
  const found: Run[] = [];
  let style: Omit<Run, 'text'> = { bold: false, dim: false, colour: undefined };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences begin with the escapeXml character
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const codes = /^\u001b\[([0-9;]*)m$/.exec(part)?.[1];
    if (codes === undefined) {
      if (part !== '') found.push({ text: part, ...style });
      continue;
    }
    for (const code of codes.split(';').map(Number)) {
      if (code === 0) style = { bold: false, dim: false, colour: undefined };
      else if (code === 1) style = { ...style, bold: true };
      else if (code === 2) style = { ...style, dim: true };
      else if (code === 22) style = { ...style, bold: false, dim: false };
      else if (code === 39) style = { ...style, colour: undefined };
      else if (COLOURS[code]) style = { ...style, colour: COLOURS[code] };
    }
  }
  return found;
}

const escapeXml = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An SVG of lines with colour sequences, as a terminal shows them. @param title for those who cannot see it */
export function picture(lines: readonly string[], title: string): string {
  const columns = Math.max(80, ...lines.map((line) => stringWidth(stripVTControlCharacters(line))));
  const width = Math.ceil(columns * CHARACTER + 2 * PADDING);
  let y = PADDING + 30 - LINE;
  const tops = lines.map((line, index) => {
    // Separates each further command from the output before it.
    y += LINE + (index > 0 && stripVTControlCharacters(line).startsWith('$ ') ? GAP : 0);
    return y;
  });
  const height = y + PADDING + 5;
  const body = lines.map((line, index) => {
    let column = 0;
    const spans = runs(line).map((run) => {
      const x = PADDING + column * CHARACTER;
      column += stringWidth(run.text);
      const style = [
        run.colour && `fill="${run.colour}"`,
        run.bold && 'font-weight="bold"',
        run.dim && 'opacity="0.65"',
      ]
        .filter(Boolean)
        .join(' ');
      return `<tspan x="${x.toFixed(1)}" ${style}>${escapeXml(run.text)}</tspan>`;
    });
    return `<text y="${tops[index]}" xml:space="preserve">${spans.join('')}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">${escapeXml(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g fill="#ff5f57"><circle cx="20" cy="18" r="6"/></g><g fill="#febc2e"><circle cx="40" cy="18" r="6"/></g><g fill="#28c840"><circle cx="60" cy="18" r="6"/></g>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
${body.join('\n')}
</g>
</svg>
`;
}

if (import.meta.main) {
  const command = process.argv[2] ?? '$ sluice';
  process.stdout.write(picture([command, ...(await text(process.stdin)).trimEnd().split('\n')], command));
}
