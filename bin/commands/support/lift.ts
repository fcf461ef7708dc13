import { PENALTIES_PATH, Penalties } from "../../../route-api/contract/penalties.ts";
import { EXIT, Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { penaltyTable } from "./print-penalties.ts";
import { describeEdges } from "./print-sessions.ts";

export interface LiftOptions extends ApiOptions {
  why: string;
  client?: string;
  domain?: string;
}

/** Lifts the penalties of a user, of a client, or of both. Throws a Failure, also where an edge may not have heard of it. */
export async function lift(login: string | undefined, options: LiftOptions): Promise<void> {
  const { why, client, domain } = options;
  if (login === undefined && client === undefined)
    throw new Failure("name a login, --client, or both", EXIT.usage);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ login, client, domain }))
    if (value !== undefined) query.set(name, value);
  const path = `${PENALTIES_PATH}?${query}`;
  const lifted = await openApi("mmp lift", options).send("DELETE", path, { why }, Penalties);
  const { penalties, edges } = lifted;
  if (options.json === true) console.log(JSON.stringify(lifted));
  else {
    if (penalties.length > 0) console.log(penaltyTable(penalties));
    console.log(`${counted(penalties.length, "penalty", "penalties")} lifted; ${describeEdges(edges)}`);
  }
  if (edges.silent.length > 0) throw new Failure("penalties at edges that did not answer may remain");
}
