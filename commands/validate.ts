import { string } from '@oclif/core/args';
import { boolean, integer } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { printFailure } from '../src/cli/failure.ts';
import { contextFlags, outputFlags } from '../src/cli/flags.ts';
import { findingsText, fixesOf, validateView } from '../src/cli/views/validate.ts';
import { SluiceError } from '../src/errors/error.ts';
import { visibleTree } from '../src/text/visible.ts';
import type { ValidateResult } from '../src/validate/run.ts';

export default class Validate extends SluiceCommand {
  static override summary =
    'Check connector files offline: keys, values, transforms, converters and the rules between them.';
  static override description =
    `Reads {"name", "config"} or flat JSON and YAML, and Strimzi KafkaConnectors, against the definitions of
the real plugins. What the worker would refuse is an error (exit code 11); what it quietly ignores, such as
an unknown or renamed key, is a warning.`;
  static override examples = [
    '<%= config.bin %> validate connectors/',
    '<%= config.bin %> validate "connectors/*.json" --strict',
    '<%= config.bin %> validate - --json < orders.json',
    '<%= config.bin %> validate - --fix < orders.yaml',
    '<%= config.bin %> validate connectors/ --remote --context prod',
    '<%= config.bin %> validate connectors/ --quiet -o compact',
    '<%= config.bin %> validate connectors/ -o sarif --to findings.sarif',
  ];
  static override strict = false;
  static override args = {
    paths: string({
      description: "Files, folders, globs or - for stdin (default: the project's connectors).",
      ignoreStdin: true,
    }),
  };
  static override flags = {
    strict: boolean({ description: 'Unknown and renamed keys and unset variables are errors.' }),
    fix: boolean({
      description: 'Fix in place what can be fixed without changing what the worker does; fixed stdin goes to stdout.',
    }),
    'fix-unsafe': boolean({
      description: 'As --fix, and also changes that the worker notices: a misspelt key comes alive.',
    }),
    remote: boolean({ description: "Ask the worker's validate endpoint, too; it may try the databases." }),
    'max-warnings': integer({ description: 'Fail where there are more warnings than this.', helpValue: 'N', min: 0 }),
    quiet: boolean({ description: 'Show errors only; warnings and notes are counted.' }),
    ...outputFlags(['compact', 'sarif', 'github', 'gitlab', 'junit']),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { argv, flags } = await this.parse(Validate);
    const [{ validateFiles }, { projectSchemas }, { readingOf }, { readStdin }] = await Promise.all([
      import('../src/validate/run.ts'),
      import('../src/schemas/project-schemas.ts'),
      import('../src/project/reading.ts'),
      import('../src/cli/stdin.ts'),
    ]);
    const forms = await this.forms(flags.output);
    const fix = flags['fix-unsafe'] ? 'unsafe' : flags.fix ? 'safe' : undefined;
    if (fix !== undefined && argv.includes('-') && flags.output in forms) {
      throw new SluiceError('USAGE', `-o ${flags.output} has no place for the fixed text of standard input`, {
        hint: 'Leave -o out: the text goes to stdout, the findings to stderr. Or take -o json, which has both.',
      });
    }
    const targets = await this.targets(flags);
    const policy = (await targets.project())?.document.validate;
    const result = await validateFiles({
      reading: await readingOf(targets, argv as string[], { stdin: readStdin, offline: !flags.remote }),
      store: await projectSchemas(targets),
      strict: flags.strict,
      advice: true,
      policy,
      remote: flags.remote ? (await this.connect(flags)).client : undefined,
      fix,
    });
    const view = validateView({ maxWarnings: flags['max-warnings'], quiet: flags.quiet, forms });
    await this.present(result, view, flags);
    const shown = visibleTree(result);
    // Forms for other programs have no place for what was fixed.
    if (flags.output in forms) this.terminal.writeError(fixesOf(shown, this.terminal.err).join('\n'));
    else if (flags.json || flags.output !== 'table') return;
    // The text is the result there; what was found in it goes beside it.
    else if (result.mended !== undefined) {
      this.terminal.writeError(findingsText(shown, this.terminal.err, flags.quiet));
    }
    if (result.unanswered) printFailure(result.unanswered, this.terminal, flags.verbose);
  }

  /** Loaded only where one is wanted: a plain run has no use for them. */
  private async forms(output: string): Promise<Record<string, (result: ValidateResult) => string>> {
    if (!['compact', 'sarif', 'github', 'gitlab', 'junit'].includes(output)) return {};
    const [{ compactForm, githubForm, gitlabForm, junitForm, sarifForm }, { listRules }] = await Promise.all([
      import('../src/cli/views/validate-forms.ts'),
      import('../src/validate/rules.ts'),
    ]);
    return {
      compact: compactForm,
      github: githubForm,
      gitlab: gitlabForm,
      junit: junitForm,
      sarif: sarifForm(listRules().rules, this.config.version),
    };
  }
}
