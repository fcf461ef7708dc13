import { z } from "zod";

/** Longest login or account name, in bytes; longer ones are rejected before any look-up. */
export const NAME_MAX_BYTES = 255;

/** C0, DEL and C1: never allowed in a name, which becomes part of protocol lines. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export const name = z
  .string()
  .regex(/^[^\u0000-\u001f\u007f-\u009f]+$/, "must not contain control characters");

/** A login name or a domain as a caller gives it; both together are at most NAME_MAX_BYTES long. */
export const givenName = name
  .min(1)
  .max(NAME_MAX_BYTES)
  .refine((text) => Buffer.byteLength(text) <= NAME_MAX_BYTES && text.isWellFormed(), {
    error: `must be 1 to ${NAME_MAX_BYTES} bytes without control characters`,
  })
  .describe(
    `At most ${NAME_MAX_BYTES} bytes of UTF-8 without control characters, counting login, @ and domain together.`,
  );

/** The name that routes are stored under: lower case, with `domain` appended if it has none; undefined if invalid. */
export function canonicalLogin(login: string, domain?: string): string | undefined {
  const name = (login.includes("@") || domain === undefined ? login : `${login}@${domain}`).toLowerCase();
  const fits = name !== "" && Buffer.byteLength(name) <= NAME_MAX_BYTES;
  return fits && name.isWellFormed() && !CONTROL.test(name) ? name : undefined;
}

/** An attribute value in the form that look-ups compare: trimmed, single blanks, lower case, NFC (after RFC 4518). */
export const searchValue = (value: string): string =>
  value.toLowerCase().normalize("NFC").trim().replace(/\s+/g, " ");

/** Invisible characters, which stores that prepare names ignore (RFC 4013, section 2.1). */
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;
/** Already in the spelling of `foldedName`, as most names are. */
const FOLDED = /^[!-@[-~]*[!-\-/-@[-~]$/;

/**
 * One spelling for all names that a mail store may take for the same user: without regard to case, Unicode form and
 * width (NFKC), invisible characters, blanks around it, and dots at its end.
 *
 *     foldedName("Straße@Example.COM.")   // "strasse@example.com"
 */
export const foldedName = (name: string): string =>
  FOLDED.test(name)
    ? name
    : name
        .replace(IGNORED, "")
        .normalize("NFKC")
        // "ẞ" has no other way to "ß", nor "ß" and "ſ" to "ss" and "s".
        .toLowerCase()
        .toUpperCase()
        .toLowerCase()
        .normalize("NFKC")
        .replace(/^\s+|[\s.]+$/g, "");
