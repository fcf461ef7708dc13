import { Held, HeldStore, Released, ReleasedStore } from "../../../route-api/contract/holds.ts";
import { EXIT, Failure } from "../../failure.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { describeEdges } from "./print-sessions.ts";

export interface HoldOptions extends ApiOptions {
  why: string;
  store?: string;
  seconds: number;
  renew?: string;
}

export interface ReleaseOptions extends ApiOptions {
  why: string;
  store?: string;
  id?: string;
}

export const userHoldPath = (login: string): string => `/v1/users/${encodeURIComponent(login)}/hold`;
const storeHoldPath = (store: string): string => `/v1/stores/${encodeURIComponent(store)}/hold`;

/** The header that names a hold. */
export const matching = (id: string | undefined): Record<string, string> =>
  id === undefined ? {} : { "If-Match": id };

/** Begins or renews the hold of a user or a store. Throws a Failure. */
export async function hold(login: string | undefined, options: HoldOptions): Promise<void> {
  const { store, why, seconds, renew } = options;
  requireOne(login, store);
  const api = openApi("mmp hold", options);
  const body = { why, seconds };
  if (store !== undefined) {
    const held = await api.send("POST", storeHoldPath(store), body, HeldStore, matching(renew));
    print(
      options,
      held,
      `${store} is on hold until ${held.until} (${held.id}); ${describeEdges(held.edges)}`,
    );
    if (held.edges.silent.length > 0) throw new Failure("logins at edges that did not answer may go on");
  } else {
    const held = await api.send("POST", userHoldPath(login ?? ""), body, Held, matching(renew));
    print(options, held, `${login} is on hold until ${held.until} (${held.id})`);
  }
}

/** Ends the hold of a user or a store. Throws a Failure, also where there is none. */
export async function release(login: string | undefined, options: ReleaseOptions): Promise<void> {
  const { store, why, id } = options;
  requireOne(login, store);
  const api = openApi("mmp release", options);
  const done =
    store !== undefined
      ? await api.send("DELETE", storeHoldPath(store), { why }, ReleasedStore, matching(id))
      : await api.send("DELETE", userHoldPath(login ?? ""), { why }, Released, matching(id));
  const what = store ?? login;
  const was = done.released.length > 0;
  print(options, done, was ? `${what} is released` : `${what} was not on hold`);
  if (!was) throw new Failure("", EXIT.failure);
}

function requireOne(login: string | undefined, store: string | undefined): void {
  if ((login === undefined) === (store === undefined))
    throw new Failure("name either a login or --store", EXIT.usage);
}

const print = ({ json }: ApiOptions, answer: unknown, text: string): void =>
  console.log(json === true ? JSON.stringify(answer) : text);
