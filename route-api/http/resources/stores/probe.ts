import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { IDEMPOTENCY_KEY, IdempotencyHeaders } from "../../../contract/audit.ts";
import { ProbeRequest, StoreProbed } from "../../../contract/store-probes.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { type AuditLog, questionIdOf } from "../audit/audit-log.ts";
import { answersTo, type QuestionBoard } from "../questions/question-board.ts";

const probeStore = createRoute({
  method: "post",
  path: "/v1/stores/{store}/probe",
  summary: "Try a mail store from every edge",
  description:
    "Every edge connects to each address of the store now, as a login would up to where it would be sent (TCP, TLS, greeting, capabilities), and says how far it got, and in what time. No login is sent, and what edges know of the store's health does not change.",
  security: bearer("admin"),
  middleware: requireScope("admin"),
  request: {
    params: z.object({ store: z.string().min(1).max(255) }),
    headers: IdempotencyHeaders,
    body: { required: true, content: { "application/json": { schema: ProbeRequest } } },
  },
  responses: {
    200: json(StoreProbed, "How far each edge got"),
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
});

export interface ProbeParts {
  board: Pick<QuestionBoard, "ask">;
  audit: Pick<AuditLog, "note">;
}

/** `POST /v1/stores/{store}/probe`: can the edges reach a store? */
export const probeRoutes = ({ board, audit }: ProbeParts) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(probeStore, async (c) => {
    const { store } = c.req.valid("param");
    const { why } = c.req.valid("json");
    const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
    await audit.note(c, { action: "probe", target: store, why, idempotencyKey });
    const selection = { store };
    const id = questionIdOf(c, idempotencyKey, selection);
    const { answers, edges } = await board.ask({ ask: "probe", selection, id });
    const probes = [...answers].flatMap(([edge, answer]) =>
      answersTo(new Map([[edge, answer]]), "probe").flatMap((each) =>
        each.probes.map((probe) => ({ edge, ...probe })),
      ),
    );
    return c.json({ probes, edges }, 200);
  });
