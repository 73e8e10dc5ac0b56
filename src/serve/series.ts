type Labels<Label extends string> = Readonly<Partial<Record<Label, string>>>;

/**
 * A gauge in Prometheus's text format. prom-client sorts, hashes and escapes labels at each poll and again at each scrape: of
 * 1,000 connectors that takes more than 100 ms.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats
 */
abstract class GaugeText<Label extends string> {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly Label[];

  constructor(name: string, help: string, labels: readonly Label[]) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
  }

  abstract set(labels: Labels<Label>, value: number): void;

  /** Nothing if there is no series. */
  abstract text(): string;

  /** Name and labels. */
  protected series(labels: Labels<Label>): string {
    let text = '';
    for (const label of this.#labels) text += `${text === '' ? '' : ','}${label}="${escaped(labels[label] ?? '')}"`;
    return text === '' ? this.#name : `${this.#name}{${text}}`;
  }

  protected family(lines: readonly string[]): string {
    if (lines.length === 0) return '';
    return `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} gauge\n${lines.join('\n')}\n`;
  }
}

/** Keeps its values until they are set again or removed. */
export class Series<Label extends string> extends GaugeText<Label> {
  readonly #values = new Map<string, number>();

  override set(labels: Labels<Label>, value: number): void {
    this.#values.set(this.series(labels), value);
  }

  remove(labels: Labels<Label>): void {
    this.#values.delete(this.series(labels));
  }

  /** All of a context, which is the first label. */
  removeOf(context: string): void {
    const mark = `{context="${escaped(context)}"`;
    for (const series of this.#values.keys()) if (series.includes(mark)) this.#values.delete(series);
  }

  reset(): void {
    this.#values.clear();
  }

  override text(): string {
    return this.family([...this.#values].map(([series, value]) => `${series} ${value}`));
  }
}

/** Forgets its values once it was read: for thousands of series that are written each time. Each must be set once. */
export class PassingSeries<Label extends string> extends GaugeText<Label> {
  #lines: string[] = [];

  override set(labels: Labels<Label>, value: number): void {
    this.#lines.push(`${this.series(labels)} ${value}`);
  }

  override text(): string {
    const lines = this.#lines;
    this.#lines = [];
    return this.family(lines);
  }
}

function escaped(value: string): string {
  return /[\\\n"]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"') : value;
}
