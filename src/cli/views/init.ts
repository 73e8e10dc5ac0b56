import type { InitReport } from '../../project/init.ts';
import type { View } from '../command.ts';

export const initView: View<InitReport> = {
  table: ({ folder, files, connectors, variables }, { color }) => {
    const here = folder === '.' ? '' : ` in ${folder}`;
    const steps = [
      ...(folder === '.' ? [] : [`cd ${folder}`]),
      ...(connectors.length === 0
        ? ['sluice export --out connectors        # or: sluice template render …']
        : ['sluice validate']),
      ...(variables.length > 0 ? ['cp .env.example .env && chmod 600 .env   # and fill it in'] : []),
      `sluice plan${variables.length > 0 ? ' --env-file .env' : ''}`,
    ];
    return [
      ...files.map(({ file, outcome }) => `${color.green(outcome === 'created' ? '+' : '~')} ${file}`),
      '',
      `A project${here}. Next:`,
      ...steps.map((step) => `  ${step}`),
    ].join('\n');
  },
};
