import type { Octets } from "../octets.ts";
import { StoreLines } from "../store-lines.ts";

/** Ends the line before a literal; the text of a status response is for people, and announces nothing. */
const ANNOUNCEMENT = /\{(\d{1,15})\}$/;
const STATUS = /^\S+ (?:OK|NO|BAD|BYE|PREAUTH)\b/i;

/** A store's responses before login (RFC 9051 section 2.2.2), each on one line: what its literals hold is left out. */
export class StoreResponses {
  readonly #lines = new StoreLines();
  /** The beginning of a response that goes on after a literal. */
  #begun: Octets = "";
  /** Octets of a literal that are still to come. */
  #literal = 0;

  append(bytes: Uint8Array): void {
    this.#lines.append(bytes);
  }

  /** The next response; undefined while it is incomplete. */
  next(): Octets | undefined {
    for (;;) {
      this.#literal -= this.#lines.skip(this.#literal);
      if (this.#literal > 0) return undefined;
      const line = this.#lines.next();
      if (line === undefined) return undefined;
      // Some stores send blank lines; nobody answers by one.
      if (line === "" && this.#begun === "") continue;
      const text = this.#begun + line;
      const size =
        line.endsWith("}") && text.startsWith("* ") && !STATUS.test(text)
          ? ANNOUNCEMENT.exec(line)?.[1]
          : undefined;
      this.#begun = size === undefined ? "" : text;
      if (size === undefined) return text;
      this.#literal = Number(size);
    }
  }

  /** What is wrong with what was read so far. */
  fault(): string | undefined {
    return this.#lines.fault();
  }

  /** True where the store said something that nobody has read. */
  hasMore(): boolean {
    return this.#literal > 0 || this.#lines.hasMore();
  }

  rest(): Uint8Array {
    return this.#lines.rest();
  }
}

const BYE = /^\* BYE\b/i;
const TAGGED = /^[^\s*+]+ (?:OK|NO|BAD)(?: |$)/i;

export const isBye = (response: Octets): boolean => BYE.test(response);

export const isUntagged = (response: Octets): boolean => response.startsWith("* ");

/** The status of a tagged response; undefined where it has none, or is another command's. */
export function statusOf(response: Octets, tag: Octets): "OK" | "NO" | "BAD" | undefined {
  if (!isTagged(response, tag)) return undefined;
  const start = tag.length + 1;
  const space = response.indexOf(" ", start);
  const word = response.slice(start, space < 0 ? response.length : space).toUpperCase();
  return word === "OK" || word === "NO" || word === "BAD" ? word : undefined;
}

const isTagged = (response: Octets, tag: Octets): boolean =>
  response.startsWith(tag) && response.charAt(tag.length) === " ";

/** What follows the status. */
export const textOf = (response: Octets, tag: Octets): Octets =>
  response.slice(tag.length + 1).replace(/^\S+ ?/, "");

/** True for what a command need not wait for: an untagged response, or the tagged one of another, or of nobody. */
export const isOthers = (response: Octets, tag: Octets): boolean =>
  isUntagged(response) || (!isTagged(response, tag) && TAGGED.test(response));
