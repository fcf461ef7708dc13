import { setTimeout as pause } from "node:timers/promises";
import { Route, routePath } from "../../../route-api/contract/routes.ts";
import { EXIT, Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { type ApiOptions, openApi, type SupportApi } from "../support/api.ts";
import { ChangeFailure, type ChangeMailHost, mailHostChanger } from "./change-directory.ts";
import { runCopy, waitForEnter } from "./copy.ts";
import { endSessions } from "./end-sessions.ts";
import { type KeptHold, keepHold } from "./keep-hold.ts";
import type { MoveOutput } from "./output.ts";

export interface MoveOptions extends ApiOptions {
  to: string;
  why: string;
  seconds: number;
  kickSeconds: number;
  copy?: string;
  ldapModify?: true;
  bindDn?: string;
  bindPasswordFile?: string;
  resume?: string;
}

/** How often the route is looked at while it is to change, in milliseconds. */
const LOOK_MS = 500;

/**
 * How far a move has come. `held`: the directory was not to be changed yet, so that a failure releases the hold. `changing`:
 * it may name the new store by now, so that only the sync's word, or the end of its time, ends the hold.
 */
type Progress = "held" | "changing";

/** Moves a mailbox while the user's logins wait. Throws a Failure that says what is left behind. */
export async function move(login: string, options: MoveOptions): Promise<void> {
  const { to, why, seconds, json } = options;
  const say = (text: string): void => (json === true ? console.error(text) : console.log(text));
  const change = options.ldapModify === true ? mailHostChanger(options) : undefined;
  const api = openApi("mmp move", options);
  const began = await readRoute(api, login);
  const [from = ""] = began.mailHost;
  if (from === to) throw new Failure(`${began.account} is at ${to} already`);
  const startedMs = performance.now();
  const hold = await keepHold(api, login, { why, seconds }, options.resume);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Failure("interrupted"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  // What is resumed may have come far.
  let progress: Progress = options.resume === undefined ? "held" : "changing";
  try {
    const signal = AbortSignal.any([hold.lost, interrupted.signal]);
    say(`new logins of ${began.account} wait; the hold ${hold.id} is renewed until the move is over`);
    const ended = await endSessions(api, login, why, options.kickSeconds, signal);
    say(`${counted(ended, "session")} ended; no edge has one at ${from}`);
    const entry = { account: began.account, dn: began.source?.dn ?? "", from, to };
    await copyAndChange(entry, options, change, signal, say, () => {
      progress = "changing";
    });
    await untilAt(api, login, began, to, signal, say);
    hold.leave();
    const took = Math.round((performance.now() - startedMs) / 100) / 10;
    const output: MoveOutput = { account: began.account, from, to, ended, seconds: took };
    if (json === true) console.log(JSON.stringify(output));
    else say(`${began.account} is at ${to}; logins have waited for ${took} s at most`);
  } catch (error) {
    throw await leftBehind(error as Error, hold, progress, login, options);
  } finally {
    hold.leave();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

interface Entry {
  account: string;
  dn: string;
  from: string;
  to: string;
}

/** Has the mailbox copied and the directory changed, or says how that is done. */
async function copyAndChange(
  entry: Entry,
  { copy }: MoveOptions,
  change: ChangeMailHost | undefined,
  signal: AbortSignal,
  say: (text: string) => void,
  onChange: () => void,
): Promise<void> {
  const { from, to, dn } = entry;
  if (copy !== undefined) {
    say(`copying the mailbox from ${from} to ${to}: ${copy}`);
    await runCopy(copy, entry, signal);
  } else {
    if (change === undefined) onChange();
    say(`copy the mailbox from ${from} to ${to} now`);
    if (change !== undefined) {
      say("then press Enter");
      await waitForEnter(signal);
    }
  }
  signal.throwIfAborted();
  onChange();
  if (change === undefined)
    return say(`${copy === undefined ? "then" : "now"} set mailHost of ${dn} to ${to}`);
  await change(entry);
  say(`mailHost of ${dn} is ${to}`);
}

/** Resolves when the sync has written the new host. */
async function untilAt(
  api: SupportApi,
  login: string,
  began: Route,
  to: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  let isAway = false;
  for (;;) {
    // The hold may have ended because of the new host: then the look that follows shows it.
    const isLast = signal.aborted;
    try {
      const { mailHost } = await readRoute(api, login);
      if (mailHost[0] === to) return;
      if (mailHost.join() !== began.mailHost.join())
        throw new Failure(`the directory names ${mailHost.join(", ")} now, not ${to}`);
      isAway = false;
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode === EXIT.failure) throw error;
      if (!isAway) say(`${error.message}; trying again`);
      isAway = true;
    }
    if (isLast) throw signal.reason;
    await pause(LOOK_MS);
  }
}

/** A consistent read. */
const readRoute = (api: SupportApi, login: string): Promise<Route> =>
  api.get(routePath(login), Route, { source: "true" }, { "Cache-Control": "no-cache" });

/** Releases what can be released, and says what cannot. */
async function leftBehind(
  error: Error,
  hold: KeptHold,
  progress: Progress,
  login: string,
  { to, why }: MoveOptions,
): Promise<Failure> {
  const code = error instanceof Failure ? error.exitCode : EXIT.failure;
  if (hold.lost.aborted)
    return new Failure(
      `${error.message}\nstop copying: logins go on, and the copy may lack what they change`,
      code,
    );
  const isUnchanged = progress === "held" || (error instanceof ChangeFailure && !error.isUnsure);
  if (!isUnchanged)
    return new Failure(
      [
        error.message,
        `logins wait until ${hold.until}, then go on wherever the directory says the mailbox is`,
        `to go on: mmp move ${login} --to ${to} --resume ${hold.id} --why "${why}"`,
        `to give up, if the directory was not changed: mmp release ${login} --id ${hold.id} --why "${why}"`,
      ].join("\n"),
      code,
    );
  try {
    await hold.release();
    return new Failure(`${error.message}\nthe hold is released; the mailbox stays where it is`, code);
  } catch (failed) {
    return new Failure(
      `${error.message}\nthe hold could not be released, and ends by itself after ${hold.until}: ${(failed as Error).message}`,
      code,
    );
  }
}
