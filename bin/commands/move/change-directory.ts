import { DirectoryError } from "../../../route-api/directory/directory-error.ts";
import { textsOf } from "../../../route-api/directory/entry.ts";
import { ChangeError, changeValues } from "../../../route-api/directory/ldap/change-values.ts";
import { readEntry } from "../../../route-api/directory/read-entry.ts";
import { requireConfiguration } from "../../config/for-command.ts";
import { readSecret } from "../../config/read-secret.ts";
import { EXIT, Failure } from "../../failure.ts";

export interface DirectoryAccess {
  config: string;
  bindDn?: string;
  bindPasswordFile?: string;
}

/** The entry to change. */
export interface MovedEntry {
  dn: string;
  from: string;
  to: string;
}

/** What became of a change: nothing, or nobody knows. */
export class ChangeFailure extends Failure {
  readonly isUnsure: boolean;
  constructor(message: string, isUnsure: boolean) {
    super(message);
    this.isUnsure = isUnsure;
  }
}

/** Changes the mail host of an entry. */
export type ChangeMailHost = (entry: MovedEntry) => Promise<void>;

/** How to change mail hosts in the directory of mmp.yaml, by an identity of its own. Throws a Failure. */
export function mailHostChanger({ config, bindDn, bindPasswordFile }: DirectoryAccess): ChangeMailHost {
  if (bindDn === undefined || bindPasswordFile === undefined)
    throw new Failure("--ldap-modify needs --bind-dn and --bind-password-file", EXIT.usage);
  const { directory } = requireConfiguration(config, "mmp move --ldap-modify");
  if ("ldif" in directory) throw new Failure("--ldap-modify needs an LDAP directory in mmp.yaml", EXIT.usage);
  const [attribute = "mailHost"] = directory.mailHostAttributes;
  const settings = { ...directory, bind: "simple" as const, bindDn };
  const password = readSecret(bindPasswordFile);
  return async ({ dn, from, to }) => {
    try {
      const values = textsOf((await readEntry(settings, password, dn, [attribute])) ?? new Map(), attribute);
      if (values[0]?.toLowerCase() !== from.toLowerCase())
        throw new ChangeFailure(
          `${attribute} of ${dn} is ${values.join(", ") || "not there"}, not ${from}`,
          false,
        );
      await changeValues(settings, password, { dn, attribute, from: values, to });
    } catch (error) {
      if (error instanceof ChangeError) throw new ChangeFailure(error.message, error.code === "unsure");
      if (error instanceof DirectoryError) throw new ChangeFailure(error.message, false);
      throw error;
    }
  };
}
