import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { IDEMPOTENCY_KEY, IdempotencyHeaders } from "../../../contract/audit.ts";
import { Kicked, KickRequest, StoreKickRequest } from "../../../contract/kicks.ts";
import { canonicalLogin } from "../../../contract/names.ts";
import { SESSIONS_PATH, SessionInfo } from "../../../contract/sessions.ts";
import type { EntryStore } from "../../../store/store.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiContext, ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { type Action, type AuditLog, questionIdOf } from "../audit/audit-log.ts";
import { answersTo, type QuestionBoard } from "../questions/question-board.ts";
import { accountOf } from "../routes/account-of.ts";

const action = {
  security: bearer("admin"),
  middleware: requireScope("admin"),
  responses: {
    200: json(Kicked, "How many sessions end"),
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
};
const bodyOf = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;
const ENDS =
  "The client hears why (BYE) where a word may stand, else the connection just closes. A repeated request with the same Idempotency-Key has no second effect.";

const deleteSession = createRoute({
  method: "delete",
  path: `${SESSIONS_PATH}/{sid}`,
  operationId: "endSession",
  tags: ["sessions"],
  summary: "End a session",
  description: ENDS,
  ...action,
  request: {
    params: z.object({ sid: SessionInfo.shape.sid }),
    headers: IdempotencyHeaders,
    body: bodyOf(KickRequest),
  },
});

const kickUser = createRoute({
  method: "post",
  path: "/v1/users/{login}/kick",
  operationId: "kickUser",
  tags: ["sessions"],
  summary: "End all sessions of a user",
  description: `Sessions and logins in progress. A login name that leads to no entry is taken for an account as it is. ${ENDS}`,
  ...action,
  request: {
    params: z.object({ login: z.string().min(1).max(255) }),
    headers: IdempotencyHeaders,
    body: bodyOf(KickRequest),
  },
  responses: {
    ...action.responses,
    ...problems("ambiguous-user", "not-found", "body-too-large", "unsupported-media-type"),
  },
});

const kickStore = createRoute({
  method: "post",
  path: "/v1/stores/{store}/kick",
  operationId: "kickStore",
  tags: ["sessions"],
  summary: "End all sessions at a store",
  description: `Spread evenly over \`overSeconds\`. ${ENDS}`,
  ...action,
  request: {
    params: z.object({ store: z.string().min(1).max(255) }),
    headers: IdempotencyHeaders,
    body: bodyOf(StoreKickRequest),
  },
});

export interface KickParts {
  store: Pick<EntryStore, "find">;
  board: Pick<QuestionBoard, "ask">;
  audit: Pick<AuditLog, "note">;
}

/** `DELETE /v1/sessions/{sid}`, `POST /v1/users/{login}/kick` and `POST /v1/stores/{store}/kick`: end sessions. */
export function kickRoutes({ store, board, audit }: KickParts) {
  const kick = async (
    c: ApiContext,
    noted: Action,
    selection: Record<string, string>,
  ): Promise<z.input<typeof Kicked>> => {
    await audit.note(c, noted);
    const id = questionIdOf(c, noted.idempotencyKey, selection);
    const { answers, edges } = await board.ask({ ask: "kick", selection, id });
    const kicked = answersTo(answers, "kick").reduce((sum, answer) => sum + answer.kicked, 0);
    return { kicked, edges };
  };

  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
    .openapi(deleteSession, async (c) => {
      const { sid } = c.req.valid("param");
      const { why } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
      return c.json(await kick(c, { action: "kick", target: sid, why, idempotencyKey }, { sid }), 200);
    })
    .openapi(kickUser, async (c) => {
      const login = canonicalLogin(c.req.valid("param").login);
      if (login === undefined) return problem(c, "bad-request", "login: is not a login name");
      const { why } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
      const account = await accountOf(store, login);
      return c.json(
        await kick(c, { action: "kick", target: account, why, idempotencyKey }, { account }),
        200,
      );
    })
    .openapi(kickStore, async (c) => {
      const { store: name } = c.req.valid("param");
      const { why, overSeconds } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
      const noted: Action = { action: "kick-store", target: name, why, idempotencyKey };
      return c.json(await kick(c, noted, { store: name, overSeconds: String(overSeconds) }), 200);
    });
}
