import { describe, expect, test } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { templateListView } from '../../../../src/cli/views/template-list.ts';
import { templateRenderView } from '../../../../src/cli/views/template-render.ts';
import { templateShowView } from '../../../../src/cli/views/template-show.ts';
import type { Template } from '../../../../src/connectors/templates/model.ts';
import { renderTemplate } from '../../../../src/connectors/templates/render.ts';

const template: Template = {
  name: 'demo-source',
  kind: 'source',
  plugin: 'Demo 1',
  checked: 'validated',
  summary: 'Rows of a demo into topics',
  class: 'x.Demo',
  description: 'Reads a demo.',
  notes: ['A note that is long enough to be broken into two lines where the terminal has eighty columns.'],
  placeholders: {
    port: { type: 'integer', default: 5432, description: 'The port.' },
    name: { type: 'name', required: true, description: 'The name.', example: 'demo' },
    mode: { type: 'string', values: ['a', 'b'], description: 'How.' },
  },
  sections: [
    {
      title: 'Connection',
      settings: [
        { key: 'demo.port', value: '{{port}}', explain: 'Where.' },
        { key: 'demo.mode', value: '{{mode}}', explain: 'How it reads.', when: 'mode' },
      ],
    },
  ],
};

test('a list aligns names and breaks summaries at the width', () => {
  const narrow = { ...plainStyle, width: 60 };
  expect(templateListView.table({ templates: [template, { ...template, name: 'd', checked: 'run' }] }, narrow)).toBe(
    [
      'NAME         CHECKED    SUMMARY',
      'demo-source  validated  Rows of a demo into topics',
      'd            run        Rows of a demo into topics',
    ].join('\n'),
  );
  const long = { ...template, summary: 'A summary of so many words that it takes more than one line' };
  expect(
    templateListView
      .table({ templates: [long] }, narrow)
      .split('\n')
      .slice(1),
  ).toEqual([
    'demo-source  validated  A summary of so many words that it',
    '                        takes more than one line',
  ]);
});

test('a template is shown with its required placeholders first, each setting explained, and an example', () => {
  expect(templateShowView.table(template, plainStyle)).toBe(
    [
      'demo-source  Demo 1',
      'x.Demo',
      '',
      'Reads a demo.',
      '',
      'Accepted by a real Connect worker; not run against a database.',
      '- A note that is long enough to be broken into two lines where the terminal has',
      '  eighty columns.',
      '',
      'Placeholders',
      '  name  required; such as demo',
      '    The name.',
      '  port  default 5432; integer',
      '    The port.',
      '  mode  optional; one of a, b',
      '    How.',
      '',
      'Connection',
      '  demo.port = {{port}}',
      '    Where.',
      '  demo.mode = {{mode}}  (with mode)',
      '    How it reads.',
      '',
      'Example',
      'sluice template render demo-source \\',
      "  --set 'name=demo'",
    ].join('\n'),
  );
});

describe('a rendered connector', () => {
  const connector = renderTemplate(template, new Map([['name', 'demo']]));

  test('is YAML with reasons, or JSON as Connect takes it', () => {
    expect(templateRenderView('yaml').table(connector, plainStyle)).toContain('  # Where.\n  demo.port: 5432\n');
    expect(JSON.parse(templateRenderView('json').table(connector, plainStyle))).toEqual({
      name: 'demo',
      config: { 'demo.port': '5432' },
    });
  });

  test('is the same in a document', () => {
    expect(templateRenderView('json').document?.(connector)).toEqual({ name: 'demo', config: { 'demo.port': '5432' } });
  });
});
