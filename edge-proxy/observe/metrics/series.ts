/** Combinations of label values that one metric may have: what others choose, as a store's name may be, must not fill the memory. */
export const SERIES_MAX = 2000;
/** Length of a combination, in characters: host names are shorter. */
const SERIES_CHARACTERS_MAX = 1000;
const OTHER = "other";

interface Branch<T> {
  /** By the next label's value. */
  readonly next: Map<string, Branch<T>>;
  series: T | undefined;
}

/** What a metric has of each combination of label values. To find it takes a look-up a label, and makes no key of them all. */
export class Series<T extends object> {
  readonly #root: Branch<T> = { next: new Map(), series: undefined };
  readonly #all: T[] = [];
  readonly #create: (values: readonly string[]) => T;

  constructor(create: (values: readonly string[]) => T) {
    this.#create = create;
  }

  /** What there is of a combination; of "other" where there are too many. */
  of(values: readonly string[]): T {
    let branch: Branch<T> | undefined = this.#root;
    for (let at = 0; branch !== undefined && at < values.length; at++)
      branch = branch.next.get(values[at] ?? "");
    return branch?.series ?? this.#add(values);
  }

  all(): readonly T[] {
    return this.#all;
  }

  #add(values: readonly string[]): T {
    const characters = values.reduce((sum, value) => sum + value.length, 0);
    const isTooMuch = this.#all.length >= SERIES_MAX || characters > SERIES_CHARACTERS_MAX;
    if (isTooMuch && !values.every((value) => value === OTHER)) return this.of(values.map(() => OTHER));
    const created = this.#create([...values]);
    this.#all.push(created);
    let branch = this.#root;
    for (const value of values) {
      const next = branch.next.get(value) ?? { next: new Map(), series: undefined };
      branch.next.set(value, next);
      branch = next;
    }
    branch.series = created;
    return created;
  }
}
