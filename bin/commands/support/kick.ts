import { Kicked } from "../../../route-api/contract/kicks.ts";
import { SESSIONS_PATH } from "../../../route-api/contract/sessions.ts";
import { EXIT, Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { describeEdges } from "./print-sessions.ts";

export interface KickOptions extends ApiOptions {
  why: string;
  session?: string;
  store?: string;
  overSeconds: number;
}

/** Ends sessions: of a user, one, or all at a store. Throws a Failure, also where an edge may not have heard of it. */
export async function kick(login: string | undefined, options: KickOptions): Promise<void> {
  const { why, session, store, overSeconds } = options;
  if ([login, session, store].filter((one) => one !== undefined).length !== 1)
    throw new Failure("name one of a login, --session and --store", EXIT.usage);
  const api = openApi("mmp kick", options);
  const name = encodeURIComponent(login ?? session ?? store ?? "");
  const kicked =
    session !== undefined
      ? await api.send("DELETE", `${SESSIONS_PATH}/${name}`, { why }, Kicked)
      : store !== undefined
        ? await api.send("POST", `/v1/stores/${name}/kick`, { why, overSeconds }, Kicked)
        : await api.send("POST", `/v1/users/${name}/kick`, { why }, Kicked);
  if (options.json === true) console.log(JSON.stringify(kicked));
  else console.log(`${counted(kicked.kicked, "session")} ended; ${describeEdges(kicked.edges)}`);
  if (kicked.edges.silent.length > 0) throw new Failure("sessions at edges that did not answer may go on");
}
