import type { JsonProcess } from "./json-process.ts";
import type { LoadSaid } from "./load/settings.ts";

type Login = Extract<LoadSaid, { event: "login" }>;
type Session = Extract<LoadSaid, { event: "session" }>;

/** What became of the logins that began, and of the sessions that ended, from a point in what the load said. */
export interface Losses {
  logins: Login[];
  failed: Login[];
  /** Sessions that ended against their client's will. */
  ended: Session[];
  /** Of those, the ones whose client was not told so. */
  lost: Session[];
}

/** One past the last login that is known to have begun. */
export const loginsBegun = (load: JsonProcess): number =>
  Math.max(0, ...(load.said as LoadSaid[]).filter(isLogin).map(({ number }) => number + 1));

/** True when every login below a number is over, well or not. */
export const areOver = (load: JsonProcess, below: number): boolean =>
  (load.said as LoadSaid[]).filter((one) => isLogin(one) && one.number < below).length === below;

/** The losses from index `from` of what the load said on, and those of the logins from number `first` on. */
export function lossesFrom(load: JsonProcess, from: number, first: number): Losses {
  const said = load.said.slice(from) as LoadSaid[];
  const logins = said.filter(isLogin).filter(({ number }) => number >= first);
  const ended = said.filter((one): one is Session => one.event === "session" && one.end !== undefined);
  return {
    logins,
    failed: logins.filter(({ failed }) => failed !== undefined),
    ended,
    lost: ended.filter(({ end }) => end !== "bye"),
  };
}

const isLogin = (one: LoadSaid): one is Login => one.event === "login";

/** One line for a person. */
export function describeLosses(what: string, { logins, failed, ended, lost }: Losses): string {
  const slowest = Math.max(0, ...logins.filter(({ failed }) => failed === undefined).map(({ ms }) => ms));
  return `${what}: ${logins.length} logins, ${failed.length} failed, slowest ${slowest} ms; ${ended.length} sessions ended, ${ended.length - lost.length} of them with BYE, ${lost.length} lost`;
}

/** The sessions that stay and are on edges that fit, by their number. */
export function sessionsOn(load: JsonProcess, fits: (edge: string) => boolean): number[] {
  const edges = new Map<number, string>();
  for (const one of load.said as LoadSaid[]) {
    if (one.event !== "session") continue;
    if (one.end === undefined) edges.set(one.id, one.edge);
    else edges.delete(one.id);
  }
  return [...edges].filter(([, edge]) => fits(edge)).map(([id]) => id);
}
