import { encodeOctets, type Octets } from "../octets.ts";
import { isQuotable, quote } from "./quoted-string.ts";

/** Longest literal that LITERAL- lets go without being asked for (RFC 7888 section 5), in octets. */
const LITERAL_MINUS_OCTETS = 4096;

/** How a store takes literals. */
export interface LiteralSupport {
  plus: boolean;
  minus: boolean;
}

/**
 * LOGIN, with a literal for each argument that a quoted string cannot carry (RFC 9051 section 6.2.3). The parts behind
 * the first wait for a continuation request each; where the store takes literals unasked there is but one part.
 */
export function loginCommand(
  tag: string,
  user: Octets,
  password: Octets,
  literals: LiteralSupport,
): Uint8Array[] {
  const parts = [`${tag} LOGIN `];
  const append = (text: Octets): void => void parts.push((parts.pop() ?? "") + text);
  for (const [argument, after] of [
    [user, " "],
    [password, "\r\n"],
  ] as const) {
    const size = argument.length;
    if (isQuotable(argument)) append(quote(argument) + after);
    else if (literals.plus || (literals.minus && size <= LITERAL_MINUS_OCTETS)) {
      append(`{${size}+}\r\n${argument}${after}`);
    } else {
      append(`{${size}}\r\n`);
      parts.push(argument + after);
    }
  }
  return parts.map(encodeOctets);
}
