import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { RouteApiConfig } from "../../../config/route-api.ts";
import { IDEMPOTENCY_KEY, IdempotencyHeaders } from "../../../contract/audit.ts";
import { EdgeName } from "../../../contract/edges.ts";
import { canonicalLogin } from "../../../contract/names.ts";
import {
  TRACE_EVENTS_MAX,
  TRACES_PATH,
  Trace,
  Traced,
  TraceEnd,
  TraceEnded,
  TraceId,
  TraceQuery,
  TraceReport,
  TraceRequest,
} from "../../../contract/traces.ts";
import type { EntryStore } from "../../../store/store.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { ProblemError, problem, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { type AuditLog, questionIdOf } from "../audit/audit-log.ts";
import type { Findings, QuestionBoard } from "../questions/question-board.ts";
import type { TraceBook } from "./trace-book.ts";

const bodyOf = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;
const params = z.object({ id: TraceId });

const startTrace = createRoute({
  method: "post",
  path: TRACES_PATH,
  operationId: "startTrace",
  tags: ["traces"],
  summary: "Trace the next sessions of a user or a client",
  description:
    "Every edge tells of the sessions that begin from now on, step by step, with the dialogue before login in which every password, token and proof is replaced. By `login` (a session is known by the name that it gives, or by the account that the name leads to) or by `client`, an address or network, for clients that never get as far as a name. Ends by itself after `seconds`, and at an edge that has told `limits.traceEvents` events or `limits.traceBytes` bytes. `edges.silent` names the edges whose sessions will be missing; an edge that starts later traces nothing.",
  security: bearer("admin"),
  middleware: requireScope("admin"),
  request: { headers: IdempotencyHeaders, body: bodyOf(TraceRequest) },
  responses: {
    200: json(Traced, "The trace runs"),
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
});

const getTrace = createRoute({
  method: "get",
  path: `${TRACES_PATH}/{id}`,
  operationId: "readTrace",
  tags: ["traces"],
  summary: "Read what edges have told of a trace",
  description:
    "Events in the order in which they arrived; poll once a second with the last `cursor` as `after`. What arrived within five seconds before it comes again: `edge` and `number` are the same then. Kept for an hour after the end.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  request: { params, query: TraceQuery },
  responses: { 200: json(Trace, "Events"), ...problems("not-found") },
});

const endTrace = createRoute({
  method: "delete",
  path: `${TRACES_PATH}/{id}`,
  operationId: "endTrace",
  tags: ["traces"],
  summary: "End a trace",
  description: "What edges have told so far can still be read.",
  security: bearer("admin"),
  middleware: requireScope("admin"),
  request: { params, headers: IdempotencyHeaders, body: bodyOf(TraceEnd) },
  responses: {
    200: json(TraceEnded, "The trace has ended at the edges that have answered"),
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
});

const putReport = createRoute({
  method: "put",
  path: `${TRACES_PATH}/{id}/reports/{edge}/{first}`,
  operationId: "reportTrace",
  tags: ["traces"],
  summary: "Tell events of a trace",
  description: "For edges: `first` is the number of the first event. 404 or 410: nobody wants to hear more.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: {
    params: params.extend({ edge: EdgeName, first: z.coerce.number().int().min(1).max(TRACE_EVENTS_MAX) }),
    body: bodyOf(TraceReport),
  },
  responses: {
    204: { description: "Noted" },
    ...problems("not-found", "question-closed", "body-too-large", "unsupported-media-type"),
  },
});

export interface TraceParts {
  store: Pick<EntryStore, "find">;
  board: Pick<QuestionBoard, "ask">;
  audit: Pick<AuditLog, "note">;
  book: TraceBook;
  limits: Pick<RouteApiConfig["limits"], "traces" | "traceEvents" | "traceBytes">;
}

/** `POST`, `GET` and `DELETE /v1/traces`: what the next sessions of somebody do. */
export function traceRoutes({ store, board, audit, book, limits }: TraceParts) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
    .openapi(startTrace, async (c) => {
      const { login: typed, client, seconds, why } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
      const login = typed === undefined ? undefined : canonicalLogin(typed);
      if (typed !== undefined && login === undefined)
        return problem(c, "bad-request", "login: is not a login name");
      const id = questionIdOf(c, idempotencyKey, { trace: { login, client, seconds } });
      if ((await book.running(id)) >= limits.traces)
        throw new ProblemError("overloaded", `${limits.traces} traces are running already`);
      await audit.note(c, { action: "trace", target: login ?? client ?? "", why, idempotencyKey });
      const until = (await book.find(id)) ?? new Date(Date.now() + seconds * 1000).toISOString();
      await book.note(id, until);
      const whose = login === undefined ? { client: client ?? "" } : await namesOf(store, login);
      const bounds = { events: String(limits.traceEvents), bytes: String(limits.traceBytes) };
      const selection = { trace: id, ...whose, seconds: String(seconds), ...bounds };
      return c.json({ id, until, edges: edgesOf(await board.ask({ ask: "trace", selection, id })) }, 200);
    })
    .openapi(getTrace, async (c) => {
      const { id } = c.req.valid("param");
      const until = await book.find(id);
      if (until === undefined) return problem(c, "not-found", "there is no such trace, or no longer");
      return c.json(await book.read(id, until, c.req.valid("query").after), 200);
    })
    .openapi(endTrace, async (c) => {
      const { id } = c.req.valid("param");
      const { why } = c.req.valid("json");
      const idempotencyKey = c.req.valid("header")[IDEMPOTENCY_KEY];
      if ((await book.find(id)) === undefined)
        return problem(c, "not-found", "there is no such trace, or no longer");
      await audit.note(c, { action: "trace-end", target: id, why, idempotencyKey });
      await book.note(id, new Date().toISOString());
      const selection = { trace: id, stop: "true" };
      const question = { ask: "trace", selection, id: questionIdOf(c, idempotencyKey, selection) };
      return c.json({ id, edges: edgesOf(await board.ask(question)) }, 200);
    })
    .openapi(putReport, async (c) => {
      const { id, edge, first } = c.req.valid("param");
      const { events } = c.req.valid("json");
      if (events[0]?.number !== first)
        return problem(c, "bad-request", "first: is not the first event's number");
      if (events.some(({ number }) => number > limits.traceEvents)) return problem(c, "question-closed");
      if ((await book.find(id)) === undefined) return problem(c, "not-found", "there is no such trace");
      await book.tell(id, edge, events);
      return c.body(null, 204);
    });
}

/** The names by which a session is known: the login name, and the account that it leads to, if it leads to one. */
async function namesOf(store: Pick<EntryStore, "find">, login: string): Promise<Record<string, string>> {
  const found = await store.find(login, "eventual");
  return found.is === "found" ? { login, account: found.entry.account.toLowerCase() } : { login };
}

/** An edge that could not begin the trace is as good as silent. */
function edgesOf({ answers, edges }: Findings): Findings["edges"] {
  const silent = [...new Set([...edges.silent, ...answers.keys()])];
  return { asked: edges.asked, answered: edges.asked - silent.length, silent };
}
