import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { IDEMPOTENCY_KEY, IdempotencyHeaders } from "../../../contract/audit.ts";
import { EDGES_PATH, EdgeName } from "../../../contract/edges.ts";
import { ForgetRequest, Forgotten } from "../../../contract/history.ts";
import { BatchId, KeptLogins } from "../../../contract/kept-logins.ts";
import { canonicalLogin } from "../../../contract/names.ts";
import { UserParams } from "../../../contract/users.ts";
import type { EntryStore } from "../../../store/store.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { type AuditLog, questionIdOf } from "../audit/audit-log.ts";
import { answersTo, type QuestionBoard } from "../questions/question-board.ts";
import { accountOf } from "../routes/account-of.ts";
import type { LoginArchive } from "./login-archive.ts";

const putLogins = createRoute({
  method: "put",
  path: `${EDGES_PATH}/{edge}/logins/{batch}`,
  operationId: "keepLogins",
  tags: ["edges"],
  summary: "Keep logins",
  description:
    "For edges: logins for the history that support is shown, in batches. What is beyond `history.recordsPerHour` of an account is not kept. A repeated batch has no second effect.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: {
    params: z.object({ edge: EdgeName, batch: BatchId }),
    body: { required: true, content: { "application/json": { schema: KeptLogins } } },
  },
  responses: {
    204: { description: "Noted" },
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
});

const deleteHistory = createRoute({
  method: "delete",
  path: "/v1/users/{login}/history",
  operationId: "forgetHistory",
  tags: ["users"],
  summary: "Delete a user's history",
  description:
    "Removes every login of the account that the route store keeps, and has the edges forget its ended sessions. Live sessions go on. A login name that leads to no entry is taken for an account as it is. Edges that did not answer in time are named: they may still remember sessions.",
  security: bearer("admin"),
  middleware: requireScope("admin"),
  request: {
    params: UserParams,
    headers: IdempotencyHeaders,
    body: { required: true, content: { "application/json": { schema: ForgetRequest } } },
  },
  responses: {
    200: json(Forgotten, "How much was removed"),
    ...problems("ambiguous-user", "not-found", "body-too-large", "unsupported-media-type"),
  },
});

export interface HistoryParts {
  store: Pick<EntryStore, "find">;
  board: Pick<QuestionBoard, "ask">;
  audit: Pick<AuditLog, "note">;
  archive: LoginArchive;
}

/** `PUT /v1/edges/{edge}/logins/{batch}` and `DELETE /v1/users/{login}/history`. */
export const historyRoutes = ({ store, board, audit, archive }: HistoryParts) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
    .openapi(putLogins, async (c) => {
      const { edge } = c.req.valid("param");
      await archive.keep(c.req.valid("json").logins.map((login) => ({ ...login, edge })));
      return c.body(null, 204);
    })
    .openapi(deleteHistory, async (c) => {
      const login = canonicalLogin(c.req.valid("param").login);
      if (login === undefined) return problem(c, "bad-request", "login: is not a login name");
      const { why } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
      const account = (await accountOf(store, login)).toLowerCase();
      await audit.note(c, { action: "forget-history", target: account, why, idempotencyKey });
      const selection = { account };
      // Edges first: what they have not sent yet must not come after.
      const { answers, edges } = await board.ask({
        ask: "forget",
        selection,
        id: questionIdOf(c, idempotencyKey, selection),
      });
      const sessions = answersTo(answers, "forget").reduce((sum, { forgotten }) => sum + forgotten, 0);
      return c.json({ logins: await archive.forget(account), sessions, edges }, 200);
    });
