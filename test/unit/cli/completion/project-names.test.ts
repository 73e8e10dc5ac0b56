import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { namesOfDocument, plainNames } from '../../../../src/cli/completion/project-names.ts';

const PLAIN = `# a comment
version: 1
defaultContext: dev   # the usual one
contexts:
  dev:
    connect: http://localhost:8083
    variables:
      contexts: x
  production:
    connect:
      url:
        - http://a:8083
    protected: true
databases:
  shop: postgres://u@h/d
  warehouse:
    url: x

connectors: [connectors/*.json]
reconcile:
  schedule: x
  pairs:
    nightly:
      source: shop
      tables: [a, b]
    weekly: {source: shop}
validate:
  rules:
    contexts: off
`;

it('names in a plain project file are read without a parser', () => {
  expect(plainNames(PLAIN)).toEqual({
    contexts: ['dev', 'production'],
    databases: ['shop', 'warehouse'],
    pairs: ['nightly', 'weekly'],
    defaultContext: 'dev',
  });
  expect(plainNames(PLAIN)).toEqual(namesOfDocument(parse(PLAIN)));
  expect(plainNames('')).toEqual(namesOfDocument(null));
});

it.each([
  'contexts: {dev: {connect: http://x}}',
  'contexts:\n  "dev": {connect: http://x}',
  'contexts: &all\n  dev: {connect: http://x}',
  'contexts:\n  <<: *all\n',
  'defaultContext: "dev"',
  'contexts:\n  ? dev\n  : x',
])('anything else is left to the parser: %s', (text) => expect(plainNames(text)).toBeUndefined());
