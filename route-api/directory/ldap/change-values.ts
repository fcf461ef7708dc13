import { Attribute, Change, ResultCodeError } from "ldapts";
import type { Secret } from "../../contract/secret.ts";
import { connectAndBind, type LdapSettings } from "./connection.ts";

/** Why an entry may not be changed. */
export class ChangeError extends Error {
  /** `refused`: it is as it was. `unsure`: the server's answer was lost. */
  readonly code: "refused" | "unsure";
  constructor(code: ChangeError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An attribute of an entry to change. */
export interface ValueChange {
  dn: string;
  attribute: string;
  /** All values that the entry has; if it has others by then, nothing is changed. */
  from: readonly string[];
  to: string;
}

/**
 * Replaces the values of an attribute in one modification (RFC 4511, section 4.6) that fails if the entry has not got
 * them any more. Throws a DirectoryError if no server can be asked, else a ChangeError.
 */
export async function changeValues(
  settings: LdapSettings,
  password: Secret | undefined,
  { dn, attribute: type, from, to }: ValueChange,
): Promise<void> {
  const { client, url, socket } = await connectAndBind(settings, password);
  const changes = [
    new Change({ operation: "delete", modification: new Attribute({ type, values: [...from] }) }),
    new Change({ operation: "add", modification: new Attribute({ type, values: [to] }) }),
  ];
  try {
    await client.modify(dn, changes);
  } catch (cause) {
    const isRefused = cause instanceof ResultCodeError;
    const message = `${url}: ${dn} ${isRefused ? "not changed" : "may have been changed"}: ${(cause as Error).message}`;
    throw new ChangeError(isRefused ? "refused" : "unsure", message, { cause });
  } finally {
    socket.destroy();
  }
}
