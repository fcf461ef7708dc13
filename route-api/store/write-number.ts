import { StoreError } from "./store.ts";

/*
 * Every write of an entry has a number: the epoch of the lease under which it was written, and a counter. Numbers of a
 * later lease are greater than all of an earlier one, whatever any clock says.
 */

/** Writes that one epoch can number. Epochs and counters together stay within safe integers. */
const WRITES_PER_EPOCH = 2 ** 28;
/** The first epoch: its numbers are above those of earlier versions, which were times in milliseconds. */
export const FIRST_EPOCH = 2 ** 13;

/** The epoch in which a write was numbered. */
export const epochOf = (write: number): number => Math.floor(write / WRITES_PER_EPOCH);

/** Another epoch has begun: nothing more may be written in one's own. */
export class FencedError extends StoreError {
  /** The latest epoch that is known to be in use. */
  readonly epoch: number;
  constructor(epoch: number, message: string) {
    super("fenced", message);
    this.epoch = epoch;
  }
}

/** Numbers the writes of an epoch, each above the one given. Throws a FencedError when all are used up. */
export function writeNumbers(epoch: number): (above?: number) => number {
  let used = 0;
  return (above = 0) => {
    // A hold counts the number of its entry up by one.
    used = Math.max(used, above - epoch * WRITES_PER_EPOCH) + 1;
    if (used >= WRITES_PER_EPOCH) throw new FencedError(epoch, `epoch ${epoch} has no write numbers left`);
    return epoch * WRITES_PER_EPOCH + used;
  };
}
