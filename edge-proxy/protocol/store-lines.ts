import type { StoreCredentials } from "./dialogue.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { Octets } from "./octets.ts";
import { secretsOf } from "./secrets.ts";

/** All that a store may send before the login is through, in bytes: a banner without end must not fill memory. */
const STORE_DIALOGUE_BYTES = 131_072;

const CONTROLS = /[\0\r]/;

/** Lines of a store before login, within a bound; shared by all backs. */
export class StoreLines {
  readonly #buffer = new LineBuffer();
  #taken = 0;
  #malformed = false;

  append(bytes: Uint8Array): void {
    this.#buffer.append(bytes);
  }

  /** The next line; undefined while it is unfinished. */
  next(): Octets | undefined {
    const before = this.#buffer.length;
    const line = this.#buffer.takeLine();
    this.#taken += before - this.#buffer.length;
    if (line === undefined) return undefined;
    if (!CONTROLS.test(line)) return line;
    // Some stores end lines by CR CR LF.
    const text = line.replace(/\r+$/, "");
    // Parts of it go on to the client, which may take a lone CR for a line end.
    if (CONTROLS.test(text)) this.#malformed = true;
    return text;
  }

  /** Drops up to `count` bytes, such as those of a literal; gives how many there were. */
  skip(count: number): number {
    const dropped = Math.min(count, this.#buffer.length);
    if (dropped > 0) this.#buffer.drop(dropped);
    this.#taken += dropped;
    return dropped;
  }

  /** What is wrong with the lines read so far, or with the one that is under way. */
  fault(): string | undefined {
    if (this.#malformed) return "the store sent a line with NUL or CR inside";
    const { length } = this.#buffer;
    const tooMuch =
      this.#taken > STORE_DIALOGUE_BYTES || (length > STORE_DIALOGUE_BYTES && this.#buffer.lineEnd() < 0);
    return tooMuch ? "the store sent too much" : undefined;
  }

  /** True where the store said something that nobody has read. */
  hasMore(): boolean {
    return this.#buffer.length > 0;
  }

  rest(): Uint8Array {
    return this.#buffer.rest();
  }
}

/**
 * A line of a store for the log: bounded, without anything that is not printable ASCII, and not at all where it repeats
 * the password or token that the store was told: some quote the command that they refuse.
 */
export function printable(line: Octets, credentials: StoreCredentials): string {
  if (repeatsSecret(line, credentials)) return "[a line that repeats the secret]";
  return line.slice(0, PRINTED_OCTETS).replace(/[^\x20-\x7e]/g, "?");
}

const PRINTED_OCTETS = 200;

/** Whether a line of a store holds the password or token that the store was told. */
export const repeatsSecret = (line: Octets, credentials: StoreCredentials): boolean =>
  secretsOf(credentials).some((secret) => secret !== "" && line.includes(secret));
