import { canonicalLogin } from "../../../route-api/contract/names.ts";
import type { Attributes } from "../../../route-api/directory/attributes.ts";
import { textsOf } from "../../../route-api/directory/entry.ts";
import { readEntry } from "../../../route-api/directory/read-entry.ts";
import { readSecret } from "../../config/read-secret.ts";
import type { Configuration } from "../../config/schema.ts";
import { EXIT, Failure } from "../../failure.ts";

/** Login names of an entry, each with the attributes that give it; none where the directory no longer has it. */
export type LoginOrigins = Record<string, string[]>;

/** Asks the directory which attributes give an entry its login names. Throws a Failure. */
export async function askLoginOrigins(
  { directory }: Configuration,
  { dn, logins }: { dn: string; logins: readonly string[] },
): Promise<LoginOrigins> {
  if (directory === undefined || "ldif" in directory)
    throw new Failure("--directory needs an LDAP directory in mmp.yaml", EXIT.usage);
  const { bindPasswordFile, loginAttributes } = directory;
  const password = bindPasswordFile === undefined ? undefined : readSecret(bindPasswordFile);
  try {
    const attributes = await readEntry(directory, password, dn, loginAttributes);
    return loginOrigins(logins, loginAttributes, attributes ?? new Map());
  } catch (error) {
    throw new Failure(`the directory cannot be asked: ${(error as Error).message}`, EXIT.usage);
  }
}

/**
 * Which attributes give each login name.
 *
 *     loginOrigins(["alice"], ["uid", "mail"], new Map([["uid", ["Alice"]]])) // { alice: ["uid"] }
 */
export const loginOrigins = (
  logins: readonly string[],
  loginAttributes: readonly string[],
  attributes: Attributes,
): LoginOrigins =>
  Object.fromEntries(
    logins.map((login) => [
      login,
      loginAttributes.filter((attribute) =>
        textsOf(attributes, attribute).some((value) => canonicalLogin(value) === login),
      ),
    ]),
  );

/** `alice (uid), alice@example.com (mail), old (not in the directory)` */
export const originsText = (origins: LoginOrigins): string =>
  Object.entries(origins)
    .map(([login, attributes]) => `${login} (${attributes.join(", ") || "not in the directory"})`)
    .join(", ");
