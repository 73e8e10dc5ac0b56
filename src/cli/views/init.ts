import type { InitReport } from '../../project/init.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

/** @title sluice init --json */
export type InitDocument = WithWarnings<InitReport>;

export const initView: View<InitReport, InitDocument> = {
  table: ({ folder, files, connectors, variables, hookRunner }, { color }) => {
    const here = folder === '.' ? '' : ` in ${folder}`;
    const has = (name: string) => files.some(({ file }) => file === name);
    const started = has('sluice.yaml');
    const ci = files.find(({ file }) => /\.git.*\.yml$/.test(file));
    const hook = files.find(({ file }) => file.endsWith('pre-commit'))?.file;
    const steps = [
      ...(folder === '.' ? [] : [`cd ${folder}`]),
      ...(has('.env.example') && variables.length > 0
        ? ['cp .env.example .env && chmod 600 .env   # then fill it in']
        : []),
      ...(!started
        ? []
        : connectors.length === 0
          ? ['sluice export --out connectors   # or start from: sluice template list']
          : ['sluice validate']),
      ...(started ? [`sluice plan${connectors.length === 0 ? ' --env-file connectors/.env' : ''}`] : []),
      ...(hook === undefined
        ? []
        : hookRunner === null
          ? ['git config core.hooksPath .githooks   # in each clone']
          : [`# let ${hookRunner} run: sh .githooks/pre-commit`]),
      ...(ci === undefined ? [] : [`# set up what the first lines of ${ci.file} ask for`]),
    ];
    return [
      ...files.map(({ file, outcome }) =>
        outcome === 'kept' ? `= ${file} (unchanged)` : `${color.green(outcome === 'created' ? '+' : '~')} ${file}`,
      ),
      '',
      started ? `The project${here} is ready. Next steps:` : 'Next steps:',
      ...steps.map((step) => `  ${step}`),
    ].join('\n');
  },
};
