import { Readable } from "node:stream";
import { readLdif } from "../../route-api/directory/ldif/reader.ts";
import { createMailbox, welcomeMessages } from "./mailbox.ts";
import type { DemoAccount } from "./store.ts";

const NEEDED: ReadonlySet<string> = new Set(["mail", "mailhost", "userpassword"]);

/** A user of the demo directory, with the store that holds the mailbox. */
export interface DemoUser extends DemoAccount {
  store: string;
}

/** Reads the demo directory from LDIF and gives each of its users a mailbox. */
export async function readUsers(ldif: string): Promise<DemoUser[]> {
  const users: DemoUser[] = [];
  for await (const record of readLdif(Readable.from([Buffer.from(ldif)]), NEEDED)) {
    if (!("attributes" in record))
      throw new Error(`the demo directory, line ${record.line}: ${record.reason}`);
    const first = (name: string): string => String(record.attributes.get(name)?.[0] ?? "");
    const login = first("mail");
    const store = first("mailhost");
    const mailbox = createMailbox(welcomeMessages(login, store));
    users.push({ login, store, password: first("userpassword"), mailbox });
  }
  return users;
}
