import type { InitContext } from './init.ts';

/** sluice.yaml, with a comment where a reader would ask. */
export async function projectText(contexts: readonly InitContext[]): Promise<string> {
  const { stringify } = await import('yaml');
  const scalar = (value: string) => stringify(value, { lineWidth: 0 }).trimEnd();
  const blocks = contexts.flatMap((context) => [
    `  ${scalar(context.name)}:`,
    `    connect: ${scalar(context.connect)}`,
    ...(context.bootstrapServers === undefined
      ? []
      : ['    kafka:', `      bootstrapServers: ${scalar(context.bootstrapServers)}`]),
    ...(context.protected
      ? [
          '    # Whatever changes something here asks for the name of the context, or wants --confirm.',
          '    protected: true',
        ]
      : []),
  ]);
  return [
    'version: 1',
    '',
    '# Connect clusters. What differs between them goes under `variables`, or into overlays/CONTEXT/CONNECTOR.yaml.',
    `defaultContext: ${scalar((contexts.find((context) => !context.protected) ?? contexts[0])?.name ?? '')}`,
    'contexts:',
    ...blocks,
    '',
    'connectors:',
    '  - connectors/*.{json,yaml,yml}',
    '',
  ].join('\n');
}

export const WORKFLOW = '.github/workflows/connectors.yml';

/** Needs no secret: variables that are not set are warnings, and what they stand in is not checked. */
export function workflowText(): string {
  return `# Checks connector files on every pull request. sluice is expected among the development dependencies of package.json.
name: Connectors

on:
  pull_request:
    paths: ["connectors/**", "overlays/**", "sluice.yaml", ".github/workflows/connectors.yml"]

permissions:
  contents: read

jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - run: npm ci
      - run: npx --no sluice validate -o github
`;
}
