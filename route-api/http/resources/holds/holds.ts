import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { IDEMPOTENCY_KEY, IdempotencyHeaders } from "../../../contract/audit.ts";
import {
  Held,
  HeldStore,
  HOLDS_PATH,
  HoldHeaders,
  HoldRequest,
  Holds,
  matchedId,
  Released,
  ReleasedStore,
  ReleaseRequest,
} from "../../../contract/holds.ts";
import { canonicalLogin } from "../../../contract/names.ts";
import type { EntryStore, StoredEntry } from "../../../store/store.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { ProblemError, refuseInvalid } from "../../problem.ts";
import type { ApiContext, ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { type AuditLog, questionIdOf } from "../audit/audit-log.ts";
import type { AccountHolds } from "./account-holds.ts";
import type { StoreHolds } from "./store-holds.ts";

const admin = { tags: ["holds"], security: bearer("admin"), middleware: requireScope("admin") };
const bodyOf = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;
const headers = IdempotencyHeaders.extend(HoldHeaders.shape);
const user = z.object({ login: z.string().min(1).max(255) });
const mailStore = z.object({ store: z.string().min(1).max(255) });
const USER_PROBLEMS = problems(
  "unknown-user",
  "ambiguous-user",
  "on-hold",
  "hold-ended",
  "body-too-large",
  "unsupported-media-type",
);
const STORE_PROBLEMS = problems(
  "not-found",
  "on-hold",
  "hold-ended",
  "body-too-large",
  "unsupported-media-type",
);
const RENEWS =
  "With `If-Match` it renews the hold of that id, else it begins one; a repeated request with the same Idempotency-Key has no second effect. While another hold is in force it is refused (409).";
const RELEASES =
  "Without `If-Match` only one's own hold is released; its id releases somebody else's, and `*` any.";

const holdUser = createRoute({
  method: "post",
  path: "/v1/users/{login}/hold",
  operationId: "holdUser",
  summary: "Put a user on hold",
  description: `New logins wait at the edges, for \`limits.holdSeconds\` at most; live sessions go on. The hold ends by itself after \`seconds\`, and when the sync writes another mail host. ${RENEWS}`,
  ...admin,
  request: { params: user, headers, body: bodyOf(HoldRequest) },
  responses: { 200: json(Held, "The hold"), ...USER_PROBLEMS },
});

const releaseUser = createRoute({
  method: "delete",
  path: "/v1/users/{login}/hold",
  operationId: "releaseUser",
  summary: "Release a user",
  description: `Logins that wait go on within a second. ${RELEASES}`,
  ...admin,
  request: { params: user, headers, body: bodyOf(ReleaseRequest) },
  responses: { 200: json(Released, "What was released"), ...USER_PROBLEMS },
});

const holdStore = createRoute({
  method: "post",
  path: "/v1/stores/{store}/hold",
  operationId: "holdStore",
  summary: "Put a mail store on hold",
  description: `For maintenance: logins of its users wait, and no login falls back to it; live sessions go on. ${RENEWS}`,
  ...admin,
  request: { params: mailStore, headers, body: bodyOf(HoldRequest) },
  responses: { 200: json(HeldStore, "The hold, and which edges know of it"), ...STORE_PROBLEMS },
});

const releaseStore = createRoute({
  method: "delete",
  path: "/v1/stores/{store}/hold",
  operationId: "releaseStore",
  summary: "Release a mail store",
  description: RELEASES,
  ...admin,
  request: { params: mailStore, headers, body: bodyOf(ReleaseRequest) },
  responses: {
    200: json(ReleasedStore, "What was released, and which edges know of it"),
    ...STORE_PROBLEMS,
  },
});

const getHolds = createRoute({
  method: "get",
  path: HOLDS_PATH,
  operationId: "listHolds",
  summary: "Accounts and stores on hold",
  description: "Edges read it when they start, and when they may have missed a question.",
  tags: ["holds"],
  security: bearer("edge", "support", "admin"),
  middleware: requireScope("edge", "support", "admin"),
  responses: { 200: json(Holds, "All holds in force"), ...problems() },
});

export interface HoldParts {
  store: Pick<EntryStore, "find">;
  accounts: AccountHolds;
  stores: StoreHolds;
  audit: Pick<AuditLog, "note">;
}

/** `POST` and `DELETE /v1/users/{login}/hold` and `/v1/stores/{store}/hold`, `GET /v1/holds`: new logins wait. */
export function holdRoutes({ store, accounts, stores, audit }: HoldParts) {
  const entryOf = async (typed: string): Promise<StoredEntry> => {
    const login = canonicalLogin(typed);
    if (login === undefined) throw new ProblemError("bad-request", "login: is not a login name");
    const found = await store.find(login, "consistent");
    if (found.is === "ambiguous") throw new ProblemError("ambiguous-user", found.dns.join("; "));
    if (found.is === "unknown") throw new ProblemError("unknown-user");
    return found.entry;
  };
  const note = (c: ApiContext, action: string, target: string, why: string, key: string | undefined) =>
    audit.note(c, { action, target, why, idempotencyKey: key });

  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
    .openapi(holdUser, async (c) => {
      const { why, seconds } = c.req.valid("json");
      const { [IDEMPOTENCY_KEY]: key, "if-match": match } = c.req.valid("header");
      const renewed = matchedId(match);
      const entry = await entryOf(c.req.valid("param").login);
      await note(c, renewed === undefined ? "hold" : "renew-hold", entry.account, why, key);
      const { name: by } = c.var.caller;
      const id = renewed ?? questionIdOf(c, key, { hold: entry.uuid });
      const wanted = { id, by, why, seconds };
      const { until } = await (renewed === undefined
        ? accounts.begin(entry, wanted)
        : accounts.renew(entry, wanted));
      return c.json({ id, until }, 200);
    })
    .openapi(releaseUser, async (c) => {
      const { why } = c.req.valid("json");
      const { [IDEMPOTENCY_KEY]: key, "if-match": match } = c.req.valid("header");
      const id = matchedId(match);
      const entry = await entryOf(c.req.valid("param").login);
      await note(c, "release", entry.account, why, key);
      return c.json({ released: await accounts.release(entry, id, c.var.caller.name) }, 200);
    })
    .openapi(holdStore, async (c) => {
      const { why, seconds } = c.req.valid("json");
      const { [IDEMPOTENCY_KEY]: key, "if-match": match } = c.req.valid("header");
      const renewed = matchedId(match);
      const { store: name } = c.req.valid("param");
      await note(c, renewed === undefined ? "hold-store" : "renew-hold-store", name, why, key);
      const { name: by } = c.var.caller;
      const id = renewed ?? questionIdOf(c, key, { "hold-store": name });
      const wanted = { id, by, why, seconds };
      const { hold, edges } = await (renewed === undefined
        ? stores.begin(name, wanted)
        : stores.renew(name, wanted));
      return c.json({ id, until: hold.until, edges }, 200);
    })
    .openapi(releaseStore, async (c) => {
      const { why } = c.req.valid("json");
      const { [IDEMPOTENCY_KEY]: key, "if-match": match } = c.req.valid("header");
      const id = matchedId(match);
      const { store: name } = c.req.valid("param");
      await note(c, "release-store", name, why, key);
      return c.json(await stores.release(name, id, c.var.caller.name), 200);
    })
    .openapi(getHolds, async (c) => {
      const [held, heldStores] = await Promise.all([accounts.inForce(), stores.inForce()]);
      const all = held.flatMap(({ uuid, account, logins: names, write, hold }) =>
        hold === undefined ? [] : [{ uuid, account, names, write, ...hold }],
      );
      return c.json({ accounts: all, stores: heldStores }, 200);
    });
}
