import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { IDEMPOTENCY_KEY, IdempotencyHeaders } from "../../../contract/audit.ts";
import { EDGES_PATH, EdgeName } from "../../../contract/edges.ts";
import { BatchId } from "../../../contract/kept-logins.ts";
import { canonicalLogin } from "../../../contract/names.ts";
import {
  LiftRequest,
  PENALTIES_PATH,
  Penalties,
  PenaltyAnnouncements,
  PenaltyQuery,
} from "../../../contract/penalties.ts";
import { PENALTY_ANNOUNCED, type Question } from "../../../contract/questions.ts";
import type { EntryStore, RouteStore } from "../../../store/store.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { ProblemError, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { type AuditLog, questionIdOf } from "../audit/audit-log.ts";
import { answersByEdge, type QuestionBoard } from "../questions/question-board.ts";
import { announcedSelection, countedNames, mergePenalties, penaltySelection } from "./find-penalties.ts";

const WHOSE =
  "Of a user by `login`, by every login name of its account; of clients by `client`, an address or a network; one of them is needed. A penalty without `client` delays only clients that have failed themselves.";

const getPenalties = createRoute({
  method: "get",
  path: PENALTIES_PATH,
  operationId: "listPenalties",
  tags: ["penalties"],
  summary: "Whose logins are delayed",
  description: `Asks the edges which failed logins delay later ones, the longest delay first. ${WHOSE}`,
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  request: { query: PenaltyQuery },
  responses: { 200: json(Penalties, "The penalties"), ...problems("ambiguous-user") },
});

const deletePenalties = createRoute({
  method: "delete",
  path: PENALTIES_PATH,
  operationId: "liftPenalties",
  tags: ["penalties"],
  summary: "Lift penalties",
  description: `Later logins wait no longer, at every edge; those that wait already wait to the end. ${WHOSE} A repeated request with the same Idempotency-Key has no second effect. The response has what was lifted.`,
  security: bearer("admin"),
  middleware: requireScope("admin"),
  request: {
    query: PenaltyQuery,
    headers: IdempotencyHeaders,
    body: { required: true, content: { "application/json": { schema: LiftRequest } } },
  },
  responses: {
    200: json(Penalties, "What was lifted"),
    ...problems("ambiguous-user", "body-too-large", "unsupported-media-type"),
  },
});

const putAnnouncements = createRoute({
  method: "put",
  path: `${EDGES_PATH}/{edge}/penalties/{batch}`,
  operationId: "announcePenalties",
  tags: ["edges"],
  summary: "Announce penalties",
  description:
    "For edges: clients and users that have failed often, for the other edges to delay as well. They hear of it by the feed of questions.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: {
    params: z.object({ edge: EdgeName, batch: BatchId }),
    body: { required: true, content: { "application/json": { schema: PenaltyAnnouncements } } },
  },
  responses: {
    204: { description: "Announced" },
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
});

export interface PenaltyParts {
  store: Pick<EntryStore, "find"> & Pick<RouteStore, "questions">;
  board: Pick<QuestionBoard, "ask">;
  audit: Pick<AuditLog, "note">;
}

/** `GET` and `DELETE /v1/penalties`, and `PUT /v1/edges/{edge}/penalties/{batch}`. */
export function penaltyRoutes({ store, board, audit }: PenaltyParts) {
  /** What the question is about, and how the audit calls it. */
  const wanted = async ({ login: typed, domain, client }: z.infer<typeof PenaltyQuery>) => {
    if (typed === undefined && client === undefined)
      throw new ProblemError("bad-request", "login or client is needed");
    if (typed === undefined) return { selection: penaltySelection([], client), target: client ?? "" };
    const login = canonicalLogin(typed, domain);
    if (login === undefined) throw new ProblemError("bad-request", "login: is not a login name");
    const found = await store.find(login, "consistent");
    if (found.is === "ambiguous") throw new ProblemError("ambiguous-user", found.dns.join("; "));
    const entry = found.is === "found" ? found.entry : undefined;
    const target = [entry?.account ?? login, ...(client === undefined ? [] : [client])].join(" ");
    return { selection: penaltySelection(countedNames(login, entry), client), target };
  };

  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
    .openapi(getPenalties, async (c) => {
      const { selection } = await wanted(c.req.valid("query"));
      const { answers, edges } = await board.ask({ ask: "penalties", selection });
      return c.json({ penalties: mergePenalties(answersByEdge(answers, "penalties")), edges }, 200);
    })
    .openapi(deletePenalties, async (c) => {
      const { selection, target } = await wanted(c.req.valid("query"));
      const { why } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
      await audit.note(c, { action: "lift-penalties", target, why, idempotencyKey });
      const id = questionIdOf(c, idempotencyKey, selection);
      const { answers, edges } = await board.ask({ ask: "lift", selection, id });
      return c.json({ penalties: mergePenalties(answersByEdge(answers, "lift")), edges }, 200);
    })
    .openapi(putAnnouncements, async (c) => {
      const { edge, batch } = c.req.valid("param");
      const { penalties } = c.req.valid("json");
      const announced = penalties.map(
        (penalty, index): Question => ({
          id: `${batch.slice(0, ID_CHARACTERS)}-${index}`,
          ask: PENALTY_ANNOUNCED,
          selection: announcedSelection(edge, penalty),
          ttlMs: 1,
        }),
      );
      await store.questions.append(announced);
      return c.body(null, 204);
    });
}

/** As much of a batch's name as its items have. */
const ID_CHARACTERS = 60;
