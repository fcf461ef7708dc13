import { Forgotten, historyPath } from "../../../route-api/contract/history.ts";
import { Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { describeEdges } from "./print-sessions.ts";

export interface ForgetOptions extends ApiOptions {
  why: string;
}

/** Deletes the history of a user. Throws a Failure, also where an edge may still remember some of it. */
export async function forget(login: string, options: ForgetOptions): Promise<void> {
  const { why } = options;
  const forgotten = await openApi("mmp forget", options).send(
    "DELETE",
    historyPath(login),
    { why },
    Forgotten,
  );
  const { logins, sessions, edges } = forgotten;
  if (options.json === true) console.log(JSON.stringify(forgotten));
  else
    console.log(
      `${counted(logins, "kept login")} and ${counted(sessions, "ended session")} deleted; ${describeEdges(edges)}`,
    );
  if (edges.silent.length > 0) throw new Failure("edges that did not answer may still remember sessions");
}
