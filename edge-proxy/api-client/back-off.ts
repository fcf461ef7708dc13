/** How long to wait after a number of failures in a row, in seconds: doubles each time, and half of it is random. */
export function backOffSeconds(
  { firstSeconds, longestSeconds }: BackOff,
  failures: number,
  random: () => number,
): number {
  const full = Math.min(longestSeconds, firstSeconds * 2 ** Math.max(0, failures - 1));
  return full * (0.5 + random() / 2);
}

export interface BackOff {
  firstSeconds: number;
  longestSeconds: number;
}
