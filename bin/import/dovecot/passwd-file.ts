import { badInput, type Place, readAll } from "../finding.ts";
import type { InputFile } from "../input.ts";
import { type ProxyFields, proxyFields } from "./proxy-fields.ts";

/** A user of a passwd-file. */
export interface PasswdUser {
  place: Place;
  key: string;
  user?: string;
  host: string;
  fields: ProxyFields;
}

const COLONS_BEFORE_FIELDS = 7;

/**
 * Reads lines `user:password:uid:gid:gecos:home:shell:fields`; `common` are the fields that all users have. Passwords are
 * not taken over: the stores check them. Throws a Failure with all lines that name no host.
 */
export const parsePasswdFile = ({ path, text }: InputFile, common: readonly string[]): PasswdUser[] =>
  readAll(text.split("\n"), (raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return [];
    const place = { file: path, line: index + 1 };
    const parts = line.split(":");
    const own = parts.slice(COLONS_BEFORE_FIELDS).join(":").trim().split(/\s+/);
    const fields = proxyFields([...common, ...own.filter((word) => word !== "")]);
    const [key = ""] = parts;
    if (key === "") throw badInput(place, "expected user:password:…");
    if (!fields.proxy) return [];
    if (fields.host === undefined) throw badInput(place, `${key} has proxy=y, but no host`);
    const { user, host } = fields;
    return [{ place, key, ...(user === undefined ? {} : { user }), host, fields }];
  });
