import type { FilterTemplate, SearchPiece } from "../../../edge-proxy/identity/filter-template.ts";
import { escapeFilterValue } from "../../../edge-proxy/identity/filter-text.ts";
import { formatFaultText } from "../../../edge-proxy/identity/format-fault.ts";
import { parseReplayFormat, replayedAttributes } from "../../../edge-proxy/identity/replay-format.ts";
import { parseSearchFormat, searchedAttributes } from "../../../edge-proxy/identity/search-format.ts";
import { addTo, type Draft } from "../draft.ts";
import type { Outcome, ReadRow } from "./row.ts";

/** Has the route store keep the attributes that are searched or go into names. */
export function keepAttributes(draft: Draft, attributes: readonly string[]): void {
  if (attributes.length > 0) addTo(draft, "directory.searchAttributes", attributes);
}

/** SearchFormat without comparisons with fixed values, which belong into the sync's filter. */
export const searchFormat: ReadRow = ({ value }, { draft }): Outcome => {
  const read = parseSearchFormat(value);
  if (!read.ok) return { fate: "changed", note: `left out: ${formatFaultText(read.fault)}` };
  const filter = withoutFixed(read.format.filter);
  if (filter === undefined)
    return { fate: "none", note: "it does not compare anything with the user's name" };
  const text = filterOf(filter);
  keepAttributes(draft, searchedAttributes({ text, filter }));
  if (text === filterOf(read.format.filter)) return { value };
  return { fate: "changed", value: text, note: "without comparisons with fixed values" };
};

export const replayFormat: ReadRow = ({ value }, { draft }): Outcome => {
  const read = parseReplayFormat(value);
  if (!read.ok) return { fate: "changed", note: `left out: ${formatFaultText(read.fault)}` };
  keepAttributes(draft, replayedAttributes(read.format));
  return { value };
};

/** Undefined if nothing is left. */
function withoutFixed(template: FilterTemplate): FilterTemplate | undefined {
  if ("attribute" in template) {
    return template.value.some((piece) => typeof piece !== "string") ? template : undefined;
  }
  // Only from an AND can a fixed value be moved to the sync's filter; an OR with one would change its meaning.
  if ("any" in template) return template;
  const all = template.all.map(withoutFixed).filter((part) => part !== undefined);
  return all.length > 1 ? { all } : all[0];
}

function filterOf(template: FilterTemplate): string {
  if ("attribute" in template) return `(${template.attribute}=${template.value.map(pieceOf).join("")})`;
  const [mark, parts] = "all" in template ? ["&", template.all] : ["|", template.any];
  return `(${mark}${parts.map(filterOf).join("")})`;
}

const pieceOf = (piece: SearchPiece): string =>
  typeof piece === "string" ? escapeFilterValue(piece).replaceAll("%", "%%") : `%${piece.escape}`;
