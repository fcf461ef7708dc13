import {
  type FoundPenalty,
  PENALTIES_MAX,
  PENALTY_NAMES_MAX,
  type PenaltyAnnouncement,
} from "../../../contract/penalties.ts";
import type { AnswerTo } from "../../../contract/questions.ts";
import type { StoredEntry } from "../../../store/store.ts";

/** Whose penalties are asked for: of a user by these login names, of clients, or of both. */
export function penaltySelection(
  logins: readonly string[],
  client: string | undefined,
): Record<string, string> {
  const names = [...new Set(logins.map((login) => login.toLowerCase()))].slice(0, PENALTY_NAMES_MAX);
  const users = names.map((name, index): [string, string] => [`user${index}`, name]);
  return { ...Object.fromEntries(users), ...(client === undefined ? {} : { client }) };
}

/** What an edge announces, as edges read it in the feed. */
export function announcedSelection(
  edge: string,
  { instance, client, user, failures, lift }: PenaltyAnnouncement,
): Record<string, string> {
  return {
    edge,
    instance,
    ...(client === undefined ? {} : { client }),
    ...(user === undefined ? {} : { user }),
    ...(failures === undefined ? {} : { failures: String(failures) }),
    ...(lift === undefined ? {} : { lift }),
  };
}

/** Every name by which failures of a user may have been counted. */
export const countedNames = (login: string, entry: StoredEntry | undefined): string[] =>
  entry === undefined ? [login] : [login, entry.account, ...entry.logins];

/** What edges have answered as one list, the longest delay first. */
export function mergePenalties(answers: ReadonlyMap<string, AnswerTo<"penalties" | "lift">>): FoundPenalty[] {
  const found = new Map<string, FoundPenalty>();
  for (const [edge, { penalties }] of answers)
    for (const penalty of penalties) {
      const { instance, client, user, failures, delaySeconds } = penalty;
      const key = JSON.stringify([instance, client, user]);
      const known = found.get(key) ?? { ...penalty, edges: [] };
      found.set(key, {
        ...known,
        failures: Math.max(known.failures, failures),
        delaySeconds: Math.max(known.delaySeconds, delaySeconds),
        edges: [...known.edges, edge],
      });
    }
  return [...found.values()].sort((a, b) => b.delaySeconds - a.delaySeconds).slice(0, PENALTIES_MAX);
}
