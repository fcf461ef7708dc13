import { ATTRIBUTE_NAME } from "../../route-api/contract/attribute-names.ts";
import { NAME_MAX_BYTES } from "../../route-api/contract/names.ts";
import { FormatError, type FormatResult, formatResult } from "./format-fault.ts";
import type { LoginParts } from "./login-parts.ts";

/** Escapes of ReplayFormat: `%s` name with domain, `%o` as typed, `%U` user, `%V` domain, `%A[attr]` of the entry. */
export type ReplayPiece = string | { escape: "s" | "o" | "U" | "V" } | { attribute: string };

/** How to make the name that the edge logs in with at the store. */
export interface ReplayFormat {
  /** As configured. */
  readonly text: string;
  readonly pieces: readonly ReplayPiece[];
}

export type ReplayName =
  | { ok: true; name: string }
  /** The entry lacks an attribute that the format names. */
  | { ok: false; fault: "no-attribute"; attribute: string }
  /** Empty, too long, or with control characters: not a name to send to a store. */
  | { ok: false; fault: "unfit" };

/**
 * Reads a ReplayFormat.
 *
 *     parseReplayFormat("%A[uid]@%V")
 */
export const parseReplayFormat = (text: string): FormatResult<ReplayFormat> =>
  formatResult(() => ({ text, pieces: readPieces(text) }));

const ESCAPE = /%(?:([soUV%])|A\[([^\]]*)\])/y;

function readPieces(text: string): ReplayPiece[] {
  if (text === "") throw new FormatError(0, "must not be empty");
  const pieces: ReplayPiece[] = [];
  for (let at = 0; at < text.length; ) {
    const percent = text.indexOf("%", at);
    if (percent !== at) {
      const end = percent < 0 ? text.length : percent;
      pieces.push(literal(text.slice(at, end), at));
      at = end;
      continue;
    }
    ESCAPE.lastIndex = at;
    const [whole, letter, attribute] = ESCAPE.exec(text) ?? [];
    if (whole === undefined) throw new FormatError(at, "% must be followed by one of s o U V A[attribute] %");
    if (attribute === undefined) pieces.push(letter === "%" ? "%" : { escape: letter as "s" });
    else if (ATTRIBUTE_NAME.test(attribute)) pieces.push({ attribute: attribute.toLowerCase() });
    else throw new FormatError(at + 3, `${JSON.stringify(attribute)} is not an attribute name`);
    at += whole.length;
  }
  return pieces;
}

function literal(text: string, at: number): string {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text))
    throw new FormatError(at, "must not contain control characters");
  return text;
}

/** The attributes that a format takes from the route, in lower case. */
export const replayedAttributes = ({ pieces }: ReplayFormat): string[] => [
  ...new Set(
    pieces.flatMap((piece) => (typeof piece === "object" && "attribute" in piece ? [piece.attribute] : [])),
  ),
];

/**
 * The name for the store. `attributes` are the route's, by name in lower case; of several values the first counts.
 * All or nothing: a missing piece is a fault, never a partial name.
 */
export function replayName(
  { pieces }: ReplayFormat,
  parts: LoginParts,
  attributes: Readonly<Record<string, readonly string[]>>,
): ReplayName {
  let name = "";
  for (const piece of pieces) {
    if (typeof piece === "string") name += piece;
    else if ("escape" in piece) name += partOf(piece.escape, parts);
    else {
      const { attribute } = piece;
      const value = Object.hasOwn(attributes, attribute) ? attributes[attribute]?.[0] : undefined;
      if (value === undefined || value === "") return { ok: false, fault: "no-attribute", attribute };
      name += value;
    }
  }
  const fits =
    name !== "" &&
    Buffer.byteLength(name) <= NAME_MAX_BYTES &&
    name.isWellFormed() &&
    !/[\u0000-\u001f\u007f-\u009f]/.test(name);
  return fits ? { ok: true, name } : { ok: false, fault: "unfit" };
}

function partOf(letter: "s" | "o" | "U" | "V", parts: LoginParts): string {
  switch (letter) {
    case "s":
      return parts.canonical;
    case "o":
      return parts.typed;
    case "U":
      return parts.user;
    case "V":
      return parts.domain;
    default:
      return letter satisfies never;
  }
}
