/** How many values were at most `bound`, of all; the last bound is Infinity or NaN, for it has none. */
export interface Bucket {
  bound: number;
  count: number;
}

/**
 * A quantile from cumulative buckets, taken to be evenly filled, as Prometheus's histogram_quantile has it; undefined
 * without values. What lies beyond the last bound counts as that bound.
 */
export function quantile(share: number, buckets: readonly Bucket[]): number | undefined {
  const rank = share * (buckets.at(-1)?.count ?? 0);
  if (rank === 0) return undefined;
  let below: Bucket = { bound: 0, count: 0 };
  for (const bucket of buckets) {
    if (!Number.isFinite(bucket.bound)) break;
    if (bucket.count >= rank) {
      const within = (rank - below.count) / (bucket.count - below.count);
      return below.bound + (bucket.bound - below.bound) * within;
    }
    below = bucket;
  }
  return below.bound;
}
