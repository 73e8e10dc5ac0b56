import { describe, expect, it } from 'vitest';
import type { ConfigKey, ConnectorConfig } from '../../../../src/connect/types.ts';
import { parseConfigHtml } from '../../../../src/schemas/generate/client-configs.ts';
import { collectSchemas } from '../../../../src/schemas/generate/collect.ts';
import type { PluginSource } from '../../../../src/schemas/generate/probe.ts';
import { choices } from '../../../../src/schemas/plugin-schema.ts';

const CLASS = 'com.acme.AcmeSource';

function key(name: string, type: string, more: Partial<ConfigKey> = {}): ConfigKey {
  const documentation = `The ${name}.`;
  return { name, type, required: false, default_value: null, importance: 'HIGH', documentation, ...more };
}

const DEFINITIONS = [
  key('name', 'STRING', { required: true }),
  key('mode', 'STRING', { default_value: 'fast' }),
  key('size', 'INT'),
  key('tables', 'LIST'),
  key('host', 'STRING'),
  key('mask.(d+).chars', 'STRING'),
];

/** What the plugin says against a config, worded as Debezium's do: the wording is what is read. */
function verdicts({ host, mode, size, tables }: ConnectorConfig): Record<string, string> {
  const errors: Record<string, string> = {};
  if (!host) errors['host'] = "The 'host' value is invalid: A value is required";
  if (mode !== undefined && !['fast', 'safe', 'old'].includes(mode.toLowerCase())) {
    errors['mode'] = "The 'mode' value is invalid: Value must be one of safe, old, fast";
  } else if (mode?.toLowerCase() === 'old') errors['mode'] = "The 'old' mode is no longer supported";
  if (size !== undefined && !/^\d+$/.test(size)) errors['size'] = 'An integer is expected';
  else if (Number(size) < 1) errors['size'] = 'A positive, non-zero integer value is expected';
  if (tables === '[') errors['tables'] = 'A comma-separated list of valid regular expressions is expected';
  return errors;
}

const worker: PluginSource = {
  plugins: async () => [{ class: CLASS, type: 'source', version: '1.0' }],
  pluginDefinition: async () => DEFINITIONS,
  validate: async (config) => {
    const errors = verdicts(config);
    const configs = DEFINITIONS.map((definition) => {
      const error = errors[definition.name];
      const value = { name: definition.name, value: null, recommended_values: [], visible: true };
      return { definition, value: { ...value, errors: error === undefined ? [] : [error] } };
    });
    return { name: CLASS, error_count: 0, groups: [], configs };
  },
};

describe("what a worker's validate tells beyond the definitions", () => {
  it('required keys, choices without the dead ones, ranges and formats', async () => {
    const [schema] = await collectSchemas(worker, { supplements: { of: () => [], documented: [] }, documented: false });
    expect(schema?.required).toEqual(['host', 'name']);
    const { mode, size, tables } = schema?.properties ?? {};
    expect(mode && choices(mode)).toEqual(['fast', 'safe']);
    expect(size).toMatchObject({ minimum: 1, 'x-kind': 'integer', 'x-exact-space': true });
    expect(tables).toMatchObject({ 'x-format': 'regex-list' });
    expect(schema?.properties).not.toHaveProperty(['mask.(d+).chars']);
    expect(schema?.['x-plugin']).toEqual({ class: CLASS, types: ['source'], version: '1.0', origin: 'worker' });
  });
});

describe('settings of Kafka clients', () => {
  it('are read from the HTML that Kafka prints', () => {
    const html = `<ul class="config-list"><li>
<h4><a id="linger.ms"></a><a id="x" href="#x">linger.ms</a></h4>
<p>Waits &lt;a while&gt; in <code>ms</code>.</p>
<table><tbody>
<tr><th>Type:</th><td>long</td></tr>
<tr><th>Default:</th><td>300000 (5 minutes)</td></tr>
<tr><th>Valid Values:</th><td>[0,...]</td></tr>
<tr><th>Importance:</th><td>medium</td></tr>
</tbody></table></li></ul>`;
    expect(parseConfigHtml(html)).toEqual([
      {
        name: 'linger.ms',
        type: 'LONG',
        default: '300000',
        valid: '[0,...]',
        importance: 'medium',
        documentation: 'Waits <a while> in ms.',
      },
    ]);
  });
});
