import { LineBuffer } from "./line-buffer.ts";
import { decodeOctets, type Octets } from "./octets.ts";

/** All that a store may send before the login is through, in bytes: a banner without end must not fill memory. */
const STORE_DIALOGUE_BYTES = 131_072;

/** Lines of a store before login, within a bound; shared by all backs. */
export class StoreLines {
  readonly #buffer = new LineBuffer();
  #taken = 0;

  append(bytes: Uint8Array): void {
    this.#buffer.append(bytes);
  }

  /** The next line; undefined while it is unfinished. */
  next(): Octets | undefined {
    const before = this.#buffer.length;
    const line = this.#buffer.takeLine();
    this.#taken += before - this.#buffer.length;
    return line === undefined ? undefined : decodeOctets(line);
  }

  /** True where the lines read so far, or the one that is under way, are past the bound. */
  tooLong(): boolean {
    return (
      this.#taken > STORE_DIALOGUE_BYTES ||
      (this.#buffer.lineEnd() < 0 && this.#buffer.length > STORE_DIALOGUE_BYTES)
    );
  }

  /** True where the store said something that nobody has read. */
  hasMore(): boolean {
    return this.#buffer.length > 0;
  }

  rest(): Uint8Array {
    return this.#buffer.rest();
  }
}

/** A line of a store for the log: bounded, and without anything that is not printable ASCII. */
export const printable = (line: Octets): string => line.slice(0, 200).replace(/[^\x20-\x7e]/g, "?");
