import type { MetricReading } from "./reading.ts";
import { Series } from "./series.ts";

/** A number for each combination of label values, in the order of `labels`. To count costs a look-up a label. */
export class LabelledCounter {
  readonly #labels: readonly string[];
  readonly #series = new Series((values) => ({ values, count: 0 }));

  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  add(values: readonly string[], count = 1): void {
    this.#series.of(values).count += count;
  }

  /** All combinations that there were begin at zero again: for a gauge, which is counted anew whenever it is read. */
  reset(): void {
    for (const series of this.#series.all()) series.count = 0;
  }

  copy(): LabelledCounter {
    const copy = new LabelledCounter(this.#labels);
    for (const { values, count } of this.#series.all()) copy.add(values, count);
    return copy;
  }

  read(): MetricReading["values"] {
    return this.#series.all().map(({ values, count }) => ({
      labels: named(this.#labels, values),
      value: count,
    }));
  }
}

/** How often values fell below each of the bounds, for each combination of label values. */
export class LabelledHistogram {
  readonly #labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #series: Series<{ values: readonly string[]; counts: number[]; sum: number }>;

  /** `bounds` in ascending order, in the metric's unit. */
  constructor(labels: readonly string[], bounds: readonly number[]) {
    this.#labels = labels;
    this.#bounds = bounds;
    this.#series = new Series((values) => ({
      values,
      counts: new Array<number>(bounds.length + 1).fill(0),
      sum: 0,
    }));
  }

  observe(values: readonly string[], value: number): void {
    const series = this.#series.of(values);
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at++;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sum += value;
  }

  /** As the text format has it: cumulative counts by `le`, the sum, and the count. */
  read(name: string): MetricReading["values"] {
    return this.#series.all().flatMap(({ values, counts, sum }) => {
      const labels = named(this.#labels, values);
      let below = 0;
      const buckets = counts.map((count, index) => {
        below += count;
        const le = this.#bounds[index] ?? "+Inf";
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: below },
      ];
    });
  }
}

const named = (labels: readonly string[], values: readonly string[]): Record<string, string> =>
  Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
