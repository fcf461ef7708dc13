import { MATCH_VALUE_MAX, type Match } from "../../route-api/contract/search.ts";
import { type FilterTemplate, readFilter, type SearchPiece } from "./filter-template.ts";
import { type FormatResult, formatResult } from "./format-fault.ts";
import type { LoginParts } from "./login-parts.ts";

/** A search template, filled in for each login. */
export interface SearchFormat {
  /** As configured. */
  readonly text: string;
  readonly filter: FilterTemplate;
}

/** What the escapes stand for. */
export interface SearchValues extends LoginParts {
  /** `%C` */
  clientAddress: string;
  /** `%S`: the address the client connected to. */
  serverAddress: string;
  /** `%D`: the subject of the client's certificate, where it presented one. */
  subjectDn?: string;
}

/**
 * Reads a SearchFormat: an LDAP filter (RFC 4515) of equality matches joined by AND and OR. The route table
 * cannot answer any other kind, so everything else is a fault with its position.
 *
 *     parseSearchFormat("(|(mail=%s)(uid=%U))")
 */
export const parseSearchFormat = (text: string): FormatResult<SearchFormat> =>
  formatResult(() => ({ text, filter: readFilter(text) }));

/**
 * The search for one login. Values are data: whatever they hold, they are compared, never read as part of a filter.
 * A part whose value is empty or too long matches no entry and is left out of an OR; undefined: nothing can match.
 */
export const searchFor = ({ filter }: SearchFormat, values: SearchValues): Match | undefined =>
  filled(filter, values);

function filled(template: FilterTemplate, values: SearchValues): Match | undefined {
  if ("attribute" in template) {
    const value = template.value.map((piece) => textOf(piece, values)).join("");
    const fits = value.trim() !== "" && value.length <= MATCH_VALUE_MAX;
    return fits ? { attribute: template.attribute, value } : undefined;
  }
  if ("any" in template) {
    const any = template.any.map((part) => filled(part, values)).filter((part) => part !== undefined);
    return any.length === 0 ? undefined : { any };
  }
  const all = template.all.map((part) => filled(part, values));
  return all.every((part) => part !== undefined) ? { all } : undefined;
}

function textOf(piece: SearchPiece, values: SearchValues): string {
  if (typeof piece === "string") return piece;
  switch (piece.escape) {
    case "s":
      return values.canonical;
    case "U":
      return values.user;
    case "V":
      return values.domain;
    case "o":
      return values.typed;
    case "C":
      return values.clientAddress;
    case "S":
      return values.serverAddress;
    case "D":
      return values.subjectDn ?? "";
    default:
      return piece.escape satisfies never;
  }
}

/** True for `(login=%s)`, which a look-up of the canonical name answers. */
export function isLookUp({ filter }: SearchFormat): boolean {
  if (!("attribute" in filter) || filter.attribute !== "login") return false;
  const [piece, ...more] = filter.value;
  return typeof piece === "object" && piece.escape === "s" && more.length === 0;
}

/** The attributes that a format searches, in lower case: the route table must hold them. */
export function searchedAttributes({ filter }: SearchFormat): string[] {
  return [...new Set(attributesOf(filter))];
}

function attributesOf(template: FilterTemplate): string[] {
  if ("attribute" in template) return [template.attribute];
  return ("all" in template ? template.all : template.any).flatMap(attributesOf);
}
