/** Tries until `check` returns something other than undefined; fails with what `describe` says after `seconds`. */
export async function eventually<T>(
  check: () => Promise<T | undefined>,
  describe: () => string | Promise<string>,
  seconds = 60,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Status {
  connector: { state: string; trace?: string };
  tasks: { id: number; state: string; trace?: string }[];
}

/** The states, and of each trace the lines that say why. */
function causes(status: Status | undefined): string {
  const parts = status === undefined ? [] : [status.connector, ...status.tasks];
  return parts
    .map(({ state, trace = '' }) => {
      const why = trace.split('\n').filter((line, index) => index === 0 || /^(Caused by| {2})/.test(line));
      return [state, ...why.map((line) => line.slice(0, 600))].join('\n  ');
    })
    .join('\n');
}

/** The connectors of one test on a worker, by the REST API itself. */
export class PipelineConnectors {
  readonly #url: string;
  readonly names: string[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** Counts a connector among those that are to be deleted. */
  add(name: string): void {
    if (!this.names.includes(name)) this.names.push(name);
  }

  async put(name: string, config: Record<string, string>): Promise<void> {
    this.add(name);
    await this.#afterRebalance('PUT', `/connectors/${name}/config`, config);
  }

  /** The configuration that a connector has; while a rebalance is expected, the worker answers with an error. */
  config(name: string): Promise<Record<string, string>> {
    return eventually(
      async () => {
        const answer = await this.#rest('GET', `/connectors/${name}/config`);
        return answer.ok ? ((await answer.json()) as Record<string, string>) : undefined;
      },
      () => `${name} shows no configuration`,
    );
  }

  async status(name: string): Promise<Status | undefined> {
    const answer = await this.#rest('GET', `/connectors/${name}/status`);
    return answer.ok ? ((await answer.json()) as Status) : undefined;
  }

  /** @throws with the trace as soon as the connector or a task has failed. */
  async running(name: string): Promise<void> {
    await eventually(
      async () => {
        const status = await this.status(name);
        if (status === undefined) return undefined;
        for (const part of [status.connector, ...status.tasks]) {
          if (part.state === 'FAILED') throw new Error(`${name} failed: ${causes(status)}`);
        }
        return status.tasks.length > 0 && status.tasks.every((task) => task.state === 'RUNNING') ? true : undefined;
      },
      async () => `${name} does not run: ${JSON.stringify(await this.status(name))}`,
    );
  }

  /** Stops a connector and waits until it has no task left. */
  async stop(name: string): Promise<void> {
    await this.#rest('PUT', `/connectors/${name}/stop`);
    await eventually(
      async () => {
        const status = await this.status(name);
        return status?.connector.state === 'STOPPED' && status.tasks.length === 0 ? true : undefined;
      },
      () => `${name} does not stop`,
    );
  }

  async resume(name: string): Promise<void> {
    await this.#rest('PUT', `/connectors/${name}/resume`);
    await this.running(name);
  }

  async restart(name: string): Promise<void> {
    await this.#afterRebalance('POST', `/connectors/${name}/restart?includeTasks=true`);
    // The status lags: a task that had failed still says so for a moment.
    await eventually(
      async () => ((await this.status(name))?.tasks.every((task) => task.state === 'RUNNING') ? true : undefined),
      async () => `${name} ${causes(await this.status(name))}`,
    );
  }

  /** @throws where a connector or task has failed: what is waited for will not come. */
  async throwIfFailed(waitingFor: string): Promise<void> {
    for (const name of this.names) {
      const status = await this.status(name);
      const parts = status === undefined ? [] : [status.connector, ...status.tasks];
      if (parts.some((part) => part.state === 'FAILED')) throw new Error(`${waitingFor}\n${name} ${causes(status)}`);
    }
  }

  /** All states and traces, for messages. */
  async describe(): Promise<string> {
    const states = await Promise.all(this.names.map(async (name) => `${name}: ${causes(await this.status(name))}`));
    return states.join('\n');
  }

  /** The traces of a connector that is expected to fail. */
  async failure(name: string): Promise<string> {
    return eventually(
      async () => {
        const status = await this.status(name);
        const failed = status?.tasks.find((task) => task.state === 'FAILED');
        return failed === undefined ? undefined : causes(status);
      },
      () => `${name} does not fail`,
      90,
    );
  }

  /** Takes a connector off the worker, and its offsets: one made again under the name starts from nothing. */
  async delete(name: string): Promise<void> {
    const accepted = (method: string, route: string) =>
      eventually(
        async () => {
          const { ok, status } = await this.#rest(method, `/connectors/${name}${route}`);
          return ok || status === 404 ? true : undefined;
        },
        () => `${name}: ${method} ${route} was not accepted`,
        30,
      );
    await accepted('PUT', '/stop');
    await accepted('DELETE', '/offsets');
    await accepted('DELETE', '');
  }

  /** Asks again for as long as a rebalance is under way, which is a 409. @throws on any other refusal */
  async #afterRebalance(method: string, route: string, body?: object): Promise<void> {
    await eventually(
      async () => {
        const answer = await this.#rest(method, route, body);
        if (answer.status === 409) return undefined;
        if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${await answer.text()}`);
        return true;
      },
      () => `${method} ${route} was not accepted`,
    );
  }

  async #rest(method: string, route: string, body?: object): Promise<Response> {
    return fetch(this.#url + route, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  }
}
