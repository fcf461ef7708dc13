import type { Edge } from "../../../contract/edges.ts";
import type { User } from "../../../contract/users.ts";
import { answersTo, type QuestionBoard } from "../questions/question-board.ts";

/** Which login is explained, and by whom. */
export interface ExplainedLogin {
  login: string;
  edge?: string | undefined;
  instance?: string | undefined;
  protocol?: string | undefined;
  client?: string | undefined;
}

/** Has one edge explain a login: the given one, else the one that was heard of last. Empty if none is there or has answered. */
export async function explain(
  board: Pick<QuestionBoard, "ask">,
  known: readonly Edge[],
  { edge = lastSeen(known), ...login }: ExplainedLogin,
): Promise<Pick<User, "explain" | "explainedBy">> {
  if (edge === undefined) return {};
  const selection = Object.fromEntries(
    Object.entries({ ...login, edge }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  const { answers } = await board.ask({ ask: "explain", selection, concerns: (each) => each.edge === edge });
  const [found] = answersTo(answers, "explain");
  if (found === undefined) return {};
  const { steps, instance, protocol } = found;
  return { explain: steps, explainedBy: { edge, instance, protocol } };
}

const lastSeen = (known: readonly Edge[]): string | undefined =>
  known.filter(({ state }) => state === "running").toSorted((a, b) => (a.seenAt < b.seenAt ? 1 : -1))[0]
    ?.edge;
