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
const loginsBegun = (load: JsonProcess): number =>
  Math.max(0, ...(load.said as LoadSaid[]).filter(isLogin).map(({ number }) => number + 1));

/** True when every login below a number is over, well or not. */
const areOver = (load: JsonProcess, below: number): boolean =>
  (load.said as LoadSaid[]).filter((one) => isLogin(one) && one.number < below).length === below;

/** The losses from index `from` of what the load said on, and those of the logins from number `first` on. */
function lossesFrom(load: JsonProcess, from: number, first: number): Losses {
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

/** Resolves when every session that stays is there. */
export async function allSessionsThere(load: JsonProcess, staying: number): Promise<void> {
  const inside = new Set<unknown>();
  await load.hear("that all sessions are there", ({ event, id, end }) => {
    if (event !== "session") return false;
    if (end === undefined) inside.add(id);
    else inside.delete(id);
    return inside.size === staying;
  });
}

/** Resolves after so many more logins that did not fail. */
async function moreLogins(load: JsonProcess, count: number): Promise<void> {
  let seen = 0;
  await load.hear(
    `${count} more logins`,
    ({ event, failed }) => event === "login" && failed === undefined && ++seen === count,
    load.said.length,
  );
}

/** What a scenario costs. */
export async function lossesOf(load: JsonProcess, scenario: () => Promise<void>): Promise<Losses> {
  const from = load.said.length;
  const first = loginsBegun(load);
  await scenario();
  await moreLogins(load, 50);
  // One that is on its way may fail yet, and is this scenario's.
  const begun = loginsBegun(load);
  await load.hear("that these logins are over", () => areOver(load, begun), load.said.length - 1);
  return lossesFrom(load, from, first);
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
