import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { outputFlags } from '../src/cli/flags.ts';
import { initView } from '../src/cli/views/init.ts';

const many = { multiple: true, multipleNonGreedy: true, default: [] as string[] } as const;

export default class Init extends SluiceCommand {
  static override summary =
    'Start a project: sluice.yaml with its contexts, connectors from templates, .gitignore, CI.';
  static override description =
    'On a terminal it asks for what the flags leave open. Existing files are never replaced: if one is in the way, nothing is written. In the folder of a project, --ci and --hook only add their files.';
  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init shop --connect dev=http://localhost:8083 --connect production=https://connect.example.com:8083 --protect production',
    `<%= config.bin %> init --connect dev=http://localhost:8083 --template debezium-postgres-source --set name=shop --set prefix=shop --set host=db --set database=shop --set user=debezium --set 'tables=public\\..*' --ci github`,
    '<%= config.bin %> init --ci gitlab --hook',
  ];
  static override args = {
    folder: argument({ description: 'Folder of the project.', default: '.', ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    connect: string({ ...many, description: 'A context and the URL of its Connect REST API.', helpValue: 'NAME=URL' }),
    kafka: string({ ...many, description: 'Bootstrap servers of a context.', helpValue: 'NAME=HOST:PORT' }),
    protect: string({
      ...many,
      description: 'A context in which every change must be confirmed by name.',
      helpValue: 'NAME',
    }),
    template: string({
      ...many,
      description: 'A template to create a connector from (see template list).',
      helpValue: 'NAME',
    }),
    set: string({
      ...many,
      description: 'Value of a placeholder, for all templates or TEMPLATE.NAME=VALUE for one.',
      helpValue: 'NAME=VALUE',
    }),
    ci: option({
      description: 'Add jobs that validate, plan, deploy and look for drift; also to an existing project.',
      options: ['github', 'gitlab', 'none'] as const,
    })(),
    hook: boolean({
      description: 'Add a git hook (.githooks/pre-commit) that validates before a commit; also to an existing project.',
    }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Init);
    const [{ addToProject, hasProject, initProject }, { initRequest, onlyAdds }, { InitPrompts }] = await Promise.all([
      import('../src/project/init.ts'),
      import('../src/cli/init-answers.ts'),
      import('../src/cli/init-prompts.ts'),
    ]);
    const added = onlyAdds(args.folder, flags);
    if (added !== undefined && hasProject(args.folder)) {
      await this.present(await addToProject(added), initView, flags);
      return;
    }
    const questions = this.terminal.canAsk ? new InitPrompts(this.signal) : undefined;
    const report = await initProject(await initRequest(args.folder, flags, questions));
    await this.present(report, initView, flags);
  }
}
