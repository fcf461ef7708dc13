import { z } from "zod";

/** Longest login or account name in bytes; a longer one is refused before any look-up. */
export const NAME_MAX_BYTES = 255;

/** C0, DEL and C1: none of them may stand in a name, which goes into lines of a protocol. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

export const name = z.string().regex(/^[^\u0000-\u001f\u007f-\u009f]+$/, "must not hold control characters");

/** The name that routes are kept under: lower case, with `domain` where it has none; undefined where it is no name. */
export function canonicalLogin(login: string, domain?: string): string | undefined {
  const name = (login.includes("@") || domain === undefined ? login : `${login}@${domain}`).toLowerCase();
  const fits = name !== "" && Buffer.byteLength(name) <= NAME_MAX_BYTES;
  return fits && name.isWellFormed() && !CONTROL.test(name) ? name : undefined;
}

/** An attribute's value as look-ups compare it: outer blanks gone, inner ones one, lower case, NFC (after RFC 4518). */
export const searchValue = (value: string): string =>
  value.toLowerCase().normalize("NFC").trim().replace(/\s+/g, " ");
