/**
 * A set of names that takes 11 to 21 bytes per name, whatever its length: it stores a 64-bit hash. The chance that a name
 * is wrongly found is its size divided by 2^64: with 100 million names, one in 10^11.
 */
export interface SeenSet {
  readonly size: number;
  add(name: string): void;
  has(name: string): boolean;
  delete(name: string): void;
}

const FIRST_SLOTS = 1024;
/** The table doubles when it is filled to this part. */
const FULL = 0.75;

/** Open addressing with linear probing (Knuth, The Art of Computer Programming, 6.4): two words per slot, 0 0 is empty. */
export function seenSet(): SeenSet {
  let words = new Uint32Array(FIRST_SLOTS * 2);
  let mask = FIRST_SLOTS - 1;
  let size = 0;
  const hash = new Uint32Array(2);

  const isEmpty = (slot: number): boolean => words[slot * 2] === 0 && words[slot * 2 + 1] === 0;
  /** The slot with the hash, or the empty one where it belongs. */
  const slotOf = (high: number, low: number): number => {
    let slot = low & mask;
    while (!isEmpty(slot) && (words[slot * 2] !== high || words[slot * 2 + 1] !== low))
      slot = (slot + 1) & mask;
    return slot;
  };
  const write = (slot: number, high: number, low: number): void => {
    words[slot * 2] = high;
    words[slot * 2 + 1] = low;
  };
  const grow = (): void => {
    const old = words;
    words = new Uint32Array(old.length * 2);
    mask = mask * 2 + 1;
    for (let at = 0; at < old.length; at += 2) {
      const high = old[at] ?? 0;
      const low = old[at + 1] ?? 0;
      if (high !== 0 || low !== 0) write(slotOf(high, low), high, low);
    }
  };
  const find = (name: string): number => {
    hashInto(hash, name);
    return slotOf(hash[0] ?? 0, hash[1] ?? 0);
  };

  return {
    get size() {
      return size;
    },
    add(name) {
      const slot = find(name);
      if (!isEmpty(slot)) return;
      write(slot, hash[0] ?? 0, hash[1] ?? 0);
      if (++size > (mask + 1) * FULL) grow();
    },
    has: (name) => !isEmpty(find(name)),
    delete(name) {
      let hole = find(name);
      if (isEmpty(hole)) return;
      size--;
      // Later entries of the run move into the hole unless their home slot lies after it.
      for (let slot = (hole + 1) & mask; !isEmpty(slot); slot = (slot + 1) & mask) {
        const home = (words[slot * 2 + 1] ?? 0) & mask;
        if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
        write(hole, words[slot * 2] ?? 0, words[slot * 2 + 1] ?? 0);
        hole = slot;
      }
      write(hole, 0, 0);
    },
  };
}

/** Two 32-bit hashes with MurmurHash3-style mixing; never 0 0. */
function hashInto(hash: Uint32Array, name: string): void {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  const low = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  const high = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  hash[0] = high;
  hash[1] = low;
  if (hash[0] === 0 && hash[1] === 0) hash[1] = 1;
}
