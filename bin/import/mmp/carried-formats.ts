import { formatFaultText } from "../../../edge-proxy/identity/format-fault.ts";
import { parseReplayFormat, replayedAttributes } from "../../../edge-proxy/identity/replay-format.ts";
import { parseSearchFormat, searchedAttributes } from "../../../edge-proxy/identity/search-format.ts";
import { addTo, type Draft, todo, valueAt } from "../draft.ts";
import { divideFilter } from "./filter-parts.ts";
import { hasHostedDomains } from "./hosted-domains.ts";
import type { Outcome, ReadRow } from "./row.ts";

/** Has the route store keep the attributes that are searched or go into names. */
export function keepAttributes(draft: Draft, attributes: readonly string[]): void {
  if (attributes.length > 0) addTo(draft, "directory.searchAttributes", attributes);
}

/** SearchFormat without what is the same for every login, which belongs into the sync's filter. */
export const searchFormat: ReadRow = ({ value }, target): Outcome => {
  const { draft } = target;
  if (hasHostedDomains(target)) return HOSTED;
  const { perLogin, fixed } = divideFilter(value);
  if (perLogin === undefined)
    return { fate: "none", note: "it does not compare anything with the user's name" };
  if (fixed.length > 0) {
    const filter = (valueAt(draft, "directory.filter") as string | undefined) ?? "(mailHost=*)";
    todo(
      draft,
      `SearchFormat found only entries with ${fixed.join(" and ")}. To read no others, set directory.filter: (&${filter}${fixed.join("")})`,
    );
  }
  const read = parseSearchFormat(perLogin);
  if (!read.ok) return { fate: "changed", note: `left out: ${formatFaultText(read.fault)}` };
  keepAttributes(draft, searchedAttributes(read.format));
  if (fixed.length === 0) return { value };
  return { fate: "changed", value: perLogin, note: "without what belongs into directory.filter" };
};

const HOSTED: Outcome = {
  fate: "changed",
  note: "left out: with HostedDomains, names were looked up in the subtree of their domain; see what to do",
};

export const replayFormat: ReadRow = ({ value }, target): Outcome => {
  const { draft } = target;
  if (hasHostedDomains(target)) return HOSTED;
  const read = parseReplayFormat(value);
  if (!read.ok) return { fate: "changed", note: `left out: ${formatFaultText(read.fault)}` };
  keepAttributes(draft, replayedAttributes(read.format));
  return { value };
};
