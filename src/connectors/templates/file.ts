import { stringify } from 'yaml';
import { connectorConfig, type RenderedConnector } from './render.ts';
import { wrapText } from './wrap.ts';

const COMMENT_WIDTH = 110;

/** A connector file in YAML, with each setting's explanation as a comment above it. */
export function connectorYaml(connector: RenderedConnector): string {
  const lines = [`# ${connector.summary}`, `# Created from the template ${connector.template}.`, '#'];
  for (const note of connector.notes) lines.push(...comment(note, '', '- '));
  if (connector.variables.length > 0) {
    lines.push('#', ...comment(`Variables to set for a deploy: ${connector.variables.join(', ')}.`, ''));
  }
  lines.push('', `name: ${scalar(connector.name)}`, 'config:');
  for (const section of connector.sections) {
    lines.push('', `  # ---- ${section.title} ----`);
    for (const { key, value, explain } of section.settings) {
      lines.push(...comment(explain, '  '), `  ${scalar(key)}: ${scalar(value)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A connector file in JSON, which `POST /connectors` also accepts. */
export function connectorJson(connector: RenderedConnector): string {
  return `${JSON.stringify({ name: connector.name, config: connectorConfig(connector) }, null, 2)}\n`;
}

function comment(text: string, indent: string, bullet = ''): string[] {
  return wrapText(text, COMMENT_WIDTH - indent.length - bullet.length).map(
    (line, index) => `${indent}# ${index === 0 ? bullet : ' '.repeat(bullet.length)}${line}`,
  );
}

/** Whole numbers and booleans plain; quoted if YAML would read the text as something else. */
function scalar(value: string): string {
  if (/^(?:true|false|-?(?:0|[1-9]\d{0,14}))$/.test(value)) return value;
  // Remove only YAML's own newline: trimEnd would also remove a no-break space of the value.
  return stringify(value, { lineWidth: 0, blockQuote: false }).replace(/\n$/, '');
}
