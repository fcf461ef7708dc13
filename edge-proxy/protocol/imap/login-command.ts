import type { Octets } from "../octets.ts";
import { isQuotable, quote } from "./quoted-string.ts";

/** Longest non-synchronising literal that LITERAL- allows (RFC 7888 section 5), in octets. */
const LITERAL_MINUS_OCTETS = 4096;

/** Non-synchronising literals that a store accepts. */
export interface LiteralSupport {
  plus: boolean;
  minus: boolean;
}

/**
 * LOGIN without its tag, with a literal for each argument that a quoted string cannot carry (RFC 9051 section 6.2.3).
 * Each part after the first waits for a continuation request; with non-synchronising literals there is one part.
 */
export function loginParts(user: Octets, password: Octets, literals: LiteralSupport): Octets[] {
  if (isQuotable(user) && isQuotable(password)) return [`LOGIN ${quote(user)} ${quote(password)}\r\n`];
  const parts = ["LOGIN "];
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
  return parts;
}
