import { NAME_MAX_BYTES } from "../../route-api/contract/names.ts";
import { detached, type Octets, utf8Text } from "../protocol/octets.ts";
import { type LoginParts, loginParts, type NameSettings } from "./login-parts.ts";

export type NameFault = "empty" | "not-utf8" | "control-character" | "too-long" | "dots";

export type LoginName =
  /** `login` is the key that routes are looked up and cached by: lower case, with a domain where there is a default. */
  { ok: true; login: string; parts: LoginParts } | { ok: false; fault: NameFault };

/**
 * Checks the name that a client sent, then splits it: valid UTF-8, no C0, DEL or C1 control characters, at most
 * 255 bytes. The default domain of the settings is appended to a name that has none. The result keeps nothing of what
 * `typed` may be a part of.
 */
export function loginName(typed: Octets, settings: NameSettings): LoginName {
  if (typed === "") return { ok: false, fault: "empty" };
  // URL paths treat them as directories (RFC 3986, section 5.2.4).
  if (typed === "." || typed === "..") return { ok: false, fault: "dots" };
  if (typed.length > NAME_MAX_BYTES) return { ok: false, fault: "too-long" };
  const text = utf8Text(detached(typed));
  if (text === undefined) return { ok: false, fault: "not-utf8" };
  if (CONTROLS.test(text)) return { ok: false, fault: "control-character" };
  const parts = loginParts(text, settings);
  const login = parts.canonical.toLowerCase();
  if (isTooLong(login)) return { ok: false, fault: "too-long" };
  return { ok: true, login, parts };
}

const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

/** Most names are short enough however many octets their characters take: those are not counted. */
const isTooLong = (login: string): boolean =>
  login.length > NAME_MAX_BYTES / OCTETS_MAX && Buffer.byteLength(login) > NAME_MAX_BYTES;

/** Of a UTF-16 code unit in UTF-8. */
const OCTETS_MAX = 3;
