import type { InitContext } from './init-request.ts';

/** sluice.yaml with comments for readers. */
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
          '    # Commands that change something here ask for the context name, or require --confirm.',
          '    protected: true',
        ]
      : []),
  ]);
  return [
    'version: 1',
    '',
    '# Connect clusters. Put differences between them in `variables`, or in overlays/CONTEXT/CONNECTOR.yaml.',
    `defaultContext: ${scalar((contexts.find((context) => !context.protected) ?? contexts[0])?.name ?? '')}`,
    'contexts:',
    ...blocks,
    '',
    'connectors:',
    '  - connectors/*.{json,yaml,yml}',
    '',
  ].join('\n');
}
