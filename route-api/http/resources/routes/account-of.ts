import type { EntryStore } from "../../../store/store.ts";
import { ProblemError } from "../../problem.ts";

/**
 * The account that a login name leads to; the name itself if there is none, since sessions outlive entries. Rejects with a
 * ProblemError if several entries have the name.
 */
export async function accountOf(store: Pick<EntryStore, "find">, login: string): Promise<string> {
  const found = await store.find(login, "consistent");
  if (found.is === "ambiguous") throw new ProblemError("ambiguous-user", found.dns.join("; "));
  return found.is === "found" ? found.entry.account : login;
}
