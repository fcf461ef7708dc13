import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { AnswerTo } from "../../../contract/questions.ts";
import { SESSIONS_PATH, Sessions, SessionsQuery } from "../../../contract/sessions.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { answersTo, type QuestionBoard } from "../questions/question-board.ts";
import { mergeSessions } from "./merge-sessions.ts";

const getSessions = createRoute({
  method: "get",
  path: SESSIONS_PATH,
  operationId: "listSessions",
  tags: ["sessions"],
  summary: "List live sessions",
  description:
    "Asks the edges for the sessions that fit every given field, newest first. `total` counts all that fit; `edges.silent` names the edges whose sessions are missing because they did not answer in time. `account` may be an account or the login name that the client gave, in full.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  request: { query: SessionsQuery },
  responses: { 200: json(Sessions, "A page of sessions"), ...problems() },
});

/** `GET /v1/sessions`: who is connected. */
export const sessionRoutes = (board: Pick<QuestionBoard, "ask">) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getSessions, async (c) => {
    const { limit, ...query } = c.req.valid("query");
    const account = query.account?.toLowerCase();
    const selection = selectionOf({ ...query, account, limit });
    const { answers, edges } = await board.ask({
      ask: "sessions",
      selection,
      concerns: ({ edge }) => query.edge === undefined || edge === query.edge,
    });
    const found: AnswerTo<"sessions">[] = answersTo(answers, "sessions");
    return c.json({ ...mergeSessions(found, limit), edges }, 200);
  });

/** The fields that are given, as text. */
const selectionOf = (fields: Readonly<Record<string, string | number | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
