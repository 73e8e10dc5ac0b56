import type { ContextList, UsedContextReport } from '../../config/contexts.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';

/** @title sluice context list --json */
export type ContextListDocument = WithWarnings<ContextList>;

export const contextListView: View<ContextList, ContextListDocument> = {
  table: (list, style) => {
    if (list.contexts.length === 0) return ['There are no contexts.', ...currentLines(list)].join('\n');
    const table = renderTable(
      [
        { header: '', value: (one) => (one.current ? style.color.green('*') : '') },
        { header: 'context', value: (one) => one.name },
        { header: 'url', value: (one) => one.urls.join(' '), wrap: true },
        { header: 'kafka', value: (one) => (one.kafka ? 'yes' : 'no') },
        { header: 'protected', value: (one) => (one.protected ? 'yes' : 'no') },
        { header: 'from', value: (one) => one.origin },
      ],
      list.contexts,
      style,
    );
    return [table, '', ...currentLines(list)].join('\n');
  },
};

function currentLines({ current, used }: ContextList): string[] {
  if (current === null) return ['No context is current. Choose one: sluice context use NAME'];
  const { kind, name, origin, exists } = current;
  const reason = {
    flag: kind === 'url' ? 'by --connect-url' : 'by --context',
    environment: kind === 'url' ? 'by SLUICE_CONNECT_URL' : 'by SLUICE_CONTEXT',
    'context use': 'by sluice context use',
    'project file': 'by defaultContext of sluice.yaml',
    'user file': "by defaultContext of the user's config.yaml",
    default: 'by default',
    sandbox: 'by default',
  }[origin];
  const lines = [`Current: ${name}, ${reason}`];
  if (kind === 'context' && !exists) lines.push('  There is no such context. Choose another: sluice context use NAME');
  if (kind === 'url' && !exists) lines.push('  No context has this URL: no credentials, no Kafka, and not protected.');
  if (used !== null && origin !== 'context use')
    lines.push(`  This overrides the choice of sluice context use: ${used}`);
  return lines;
}

/** @title sluice context use --json */
export type ContextUseDocument = WithWarnings<UsedContextReport>;

export const contextUseView: View<UsedContextReport, ContextUseDocument> = {
  table: ({ context, before, projectFile, protected: isProtected, overriddenBy }) => {
    const where = projectFile === null ? 'where there is no sluice.yaml' : `with ${projectFile}`;
    const lines = [
      context !== null
        ? `Commands ${where} now use the context ${context}.`
        : before === null
          ? `No context was chosen for commands ${where}.`
          : `Commands ${where} no longer use the context ${before} by themselves.`,
    ];
    if (isProtected) lines.push('It is protected: each change still asks for its name.');
    if (overriddenBy !== null) lines.push(`In this shell ${overriddenBy} is set, which overrides the choice.`);
    return lines.join('\n');
  },
};
