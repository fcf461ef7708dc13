import type { AnswerTo } from "../../../contract/questions.ts";
import { type SessionInfo, type Sessions, sessionCursor } from "../../../contract/sessions.ts";

const newestFirst = (a: SessionInfo, b: SessionInfo): number =>
  sessionCursor(a) < sessionCursor(b) ? 1 : -1;

/**
 * One page of what edges have answered. Where an edge has more than it could say, the page ends with what it said:
 * nothing is left out between two pages.
 */
export function mergeSessions(
  answers: readonly AnswerTo<"sessions">[],
  limit: number,
): Pick<Sessions, "sessions" | "total" | "cursor"> {
  const total = answers.reduce((sum, answer) => sum + answer.total, 0);
  const all = answers.flatMap(({ sessions }) => sessions).sort(newestFirst);
  const ends = answers.flatMap(({ sessions, more }) => {
    const last = sessions.at(-1);
    return more && last !== undefined ? [sessionCursor(last)] : [];
  });
  const end = ends.sort().at(-1);
  const certain = end === undefined ? all : all.filter((session) => sessionCursor(session) >= end);
  const sessions = certain.slice(0, limit);
  const last = sessions.at(-1);
  const isLast = last === undefined || (end === undefined && sessions.length === all.length);
  return { sessions, total, ...(isLast ? {} : { cursor: sessionCursor(last) }) };
}
