import { string } from '@oclif/core/args';
import { boolean, integer } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { printFailure } from '../src/cli/failure.ts';
import { fixMode } from '../src/cli/fix-mode.ts';
import { contextFlags, measuredOutputFlags } from '../src/cli/flags.ts';
import { findingsText, fixesOf, validateForms, validateView } from '../src/cli/views/validate.ts';
import { visibleTree } from '../src/text/visible.ts';

export default class Validate extends SluiceCommand {
  static override summary =
    'Check connector files offline: keys, values, transforms, converters and the rules between them.';
  static override description =
    'Checks {"name", "config"} or flat JSON and YAML, properties files, and Strimzi KafkaConnectors against the definitions of the real plugins. What the worker would refuse is an error (exit code 11). What it silently ignores, such as an unknown or renamed key, is a warning.';
  static override examples = [
    '<%= config.bin %> validate connectors/',
    '<%= config.bin %> validate "connectors/*.json" --strict',
    '<%= config.bin %> validate - --json < orders.json',
    '<%= config.bin %> validate connectors/ --fix-unsafe --dry-run',
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
    strict: boolean({ description: 'Treat unknown and renamed keys and unset variables as errors.' }),
    fix: boolean({
      description: 'Fix files in place if that does not change what the worker does; fixed stdin goes to stdout.',
    }),
    'fix-unsafe': boolean({
      description: 'Like --fix, plus changes that affect the worker, such as correcting a misspelt key.',
    }),
    'dry-run': boolean({
      char: 'n',
      description: 'With --fix or --fix-unsafe: show what would be fixed; change no file.',
    }),
    remote: boolean({ description: "Also ask the worker's validate endpoint, which may connect to the databases." }),
    'max-warnings': integer({ description: 'Fail if there are more warnings than this.', helpValue: 'N', min: 0 }),
    quiet: boolean({ char: 'q', description: 'Show errors only; warnings and notes are just counted.' }),
    ...measuredOutputFlags(['compact', 'sarif', 'github', 'gitlab', 'junit']),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { argv, flags } = await this.parse(Validate);
    const [{ validateFiles }, { projectSchemas }, { openProjectFiles }, { readStdin }] = await Promise.all([
      import('../src/validate/run.ts'),
      import('../src/schemas/project-schemas.ts'),
      import('../src/connectors/reading.ts'),
      import('../src/cli/stdin.ts'),
    ]);
    const forms = await validateForms(flags.output, this.config.version);
    const fix = fixMode(flags, argv as string[], flags.output in forms ? flags.output : undefined);
    const targets = await this.targets(flags);
    const policy = (await targets.project())?.document.validate;
    const result = await validateFiles({
      reading: await openProjectFiles(targets, argv as string[], { stdin: readStdin, offline: !flags.remote }),
      store: await projectSchemas(targets),
      strict: flags.strict,
      advice: true,
      policy,
      remote: flags.remote ? (await this.connect(flags)).client : undefined,
      fix,
      dryRun: flags['dry-run'],
    });
    const view = validateView({ maxWarnings: flags['max-warnings'], quiet: flags.quiet, forms });
    await this.present(result, view, flags);
    // Formats for other programs cannot hold what was fixed.
    if (flags.output in forms) this.terminal.writeError(fixesOf(visibleTree(result), this.terminal.err).join('\n'));
    else if (flags.json || flags.output !== 'table') return;
    // The fixed text is the result; the findings go to stderr.
    else if (result.fixedText !== undefined) {
      this.terminal.writeError(findingsText(visibleTree(result), this.terminal.err, flags.quiet));
    }
    if (result.unanswered) printFailure(result.unanswered, this.terminal, flags.verbose);
  }
}
