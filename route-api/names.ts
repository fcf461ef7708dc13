import { NAME_MAX_BYTES } from "./contract.ts";

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** The name that routes are kept under: lower case, with `domain` where it has none; undefined where it is no name. */
export function canonicalLogin(login: string, domain?: string): string | undefined {
  const name = (login.includes("@") || domain === undefined ? login : `${login}@${domain}`).toLowerCase();
  const fits = name !== "" && Buffer.byteLength(name) <= NAME_MAX_BYTES;
  return fits && name.isWellFormed() && !CONTROL.test(name) ? name : undefined;
}
