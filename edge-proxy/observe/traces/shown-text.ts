import { TRACE_TEXT_MAX } from "../../../route-api/contract/traces.ts";
import type { Octets } from "../../protocol/octets.ts";

/** A secret shorter than this is withheld only where a line is nothing else: `a` is in every line. */
const SHORTEST_FOUND = 4;
/** A piece of a secret as long as this gives it away: stores quote the beginning of a command that they refuse. */
const PIECE = 12;
/** As much of a secret is searched for; tokens may be long. */
const SEARCHED = 4096;

export const WITHHELD = "[a line that repeats a secret]";

/**
 * A line as a trace may show it: in printable ASCII, bounded, and not at all where it repeats what the dialogue knows to
 * be a secret, in whole or in a telling part.
 */
export function shownText(line: Octets, secrets: Iterable<Octets>): string {
  for (const secret of secrets) if (repeats(line, secret)) return WITHHELD;
  const printed = line.replace(/[^\x20-\x7e]/g, "?");
  return printed.length > TRACE_TEXT_MAX ? `${printed.slice(0, TRACE_TEXT_MAX - 1)}~` : printed;
}

function repeats(line: Octets, secret: Octets): boolean {
  if (secret.length < SHORTEST_FOUND) return secret !== "" && line === secret;
  const [where, what] = [line.toLowerCase(), secret.slice(0, SEARCHED).toLowerCase()];
  if (where.includes(what)) return true;
  if (what.length <= PIECE) return false;
  for (let at = 0; at + PIECE <= where.length; at++) {
    if (what.includes(where.slice(at, at + PIECE))) return true;
  }
  return false;
}
