import { EXIT } from '../errors/registry.ts';
import type { Sample } from '../metrics/run/families.ts';
import { sendRunMetrics } from '../metrics/run/send.ts';
import { assertWritable, type MetricsTarget, metricsTarget } from '../metrics/run/target.ts';
import type { Logger } from '../ports/logger.ts';
import type { Environment } from '../secrets/environment.ts';

/** The metrics of one run (`--metrics-to`), sent when its exit code is known. */
export class RunReport {
  readonly #target: MetricsTarget;
  readonly #command: string;
  readonly #beganAt: number;
  readonly #samples: Sample[] = [];
  #context: string | undefined;

  /** @param command its words @throws REQUEST_INVALID, FILE_UNWRITABLE: before anything is done */
  constructor(target: string, command: string, beganAt: Date) {
    this.#target = metricsTarget(target, '--metrics-to');
    assertWritable(this.#target);
    this.#command = command;
    this.#beganAt = beganAt.getTime();
  }

  /** What the run found out. */
  add(samples: readonly Sample[]): void {
    this.#samples.push(...samples);
  }

  /** The context that it worked with. */
  set context(name: string) {
    this.#context = name;
  }

  /** A failure is a warning: the exit code is about the connectors, and the age of the metrics is seen. */
  async send(exitCode: number, endedAt: Date, ports: { logger: Logger; environment: Environment }): Promise<void> {
    const identity = {
      command: this.#command,
      ...(this.#context === undefined ? {} : { context: this.#context }),
    };
    const failure = await sendRunMetrics(
      this.#target,
      identity,
      [...runSamples(exitCode, this.#beganAt, endedAt.getTime()), ...this.#samples],
      ports,
    );
    if (failure !== undefined) ports.logger.warn(`the metrics of this run were not sent: ${failure}`);
  }
}

function runSamples(exitCode: number, beganAt: number, endedAt: number): Sample[] {
  return [
    { name: 'sluice_run_success', labels: {}, value: Number(exitCode === EXIT.ok) },
    { name: 'sluice_run_exit_code', labels: {}, value: exitCode },
    ...Object.entries(EXIT).map(([outcome, code]): Sample => {
      return { name: 'sluice_run_outcome', labels: { outcome }, value: Number(code === exitCode) };
    }),
    { name: 'sluice_run_duration_seconds', labels: {}, value: (endedAt - beganAt) / 1000 },
    { name: 'sluice_run_timestamp_seconds', labels: {}, value: endedAt / 1000 },
  ];
}
