import type { MetricReading } from "./reading.ts";

/** Combinations of label values that one metric may have: what others choose, as a store's name may be, must not fill the memory. */
export const SERIES_MAX = 2000;
/** Length of a combination, in characters: host names are shorter. */
const SERIES_CHARACTERS_MAX = 1000;
const OTHER = "other";

/** A number for each combination of label values, in the order of `labels`. To count costs one look-up. */
export class LabelledCounter {
  readonly #labels: readonly string[];
  readonly #series = new Map<string, { values: readonly string[]; count: number }>();

  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  add(values: readonly string[], count = 1): void {
    seriesOf(this.#series, values, (kept) => ({ values: kept, count: 0 })).count += count;
  }

  /** All combinations that there were begin at zero again: for a gauge, which is counted anew whenever it is read. */
  reset(): void {
    for (const series of this.#series.values()) series.count = 0;
  }

  copy(): LabelledCounter {
    const copy = new LabelledCounter(this.#labels);
    for (const { values, count } of this.#series.values()) copy.add(values, count);
    return copy;
  }

  read(): MetricReading["values"] {
    return [...this.#series.values()].map(({ values, count }) => ({
      labels: named(this.#labels, values),
      value: count,
    }));
  }
}

/** How often values fell below each of the bounds, for each combination of label values. */
export class LabelledHistogram {
  readonly #labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { values: readonly string[]; counts: number[]; sum: number }>();

  /** `bounds` in ascending order, in the metric's unit. */
  constructor(labels: readonly string[], bounds: readonly number[]) {
    this.#labels = labels;
    this.#bounds = bounds;
  }

  observe(values: readonly string[], value: number): void {
    const series = seriesOf(this.#series, values, (kept) => ({
      values: kept,
      counts: new Array<number>(this.#bounds.length + 1).fill(0),
      sum: 0,
    }));
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at++;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sum += value;
  }

  /** As the text format has it: cumulative counts by `le`, the sum, and the count. */
  read(name: string): MetricReading["values"] {
    return [...this.#series.values()].flatMap(({ values, counts, sum }) => {
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

function seriesOf<T>(
  series: Map<string, T>,
  values: readonly string[],
  create: (values: readonly string[]) => T,
): T {
  const key = values.join("\n");
  const known = series.get(key);
  if (known !== undefined) return known;
  const isTooMuch = series.size >= SERIES_MAX || key.length > SERIES_CHARACTERS_MAX;
  if (isTooMuch && !values.every((value) => value === OTHER)) {
    return seriesOf(
      series,
      values.map(() => OTHER),
      create,
    );
  }
  const created = create([...values]);
  series.set(key, created);
  return created;
}

const named = (labels: readonly string[], values: readonly string[]): Record<string, string> =>
  Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
