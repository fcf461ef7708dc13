import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { HISTORY_MAX } from "../../../contract/history.ts";
import type { StoreHold } from "../../../contract/holds.ts";
import { canonicalLogin } from "../../../contract/names.ts";
import { SESSIONS_MAX } from "../../../contract/sessions.ts";
import { SyncStatus } from "../../../contract/sync-status.ts";
import { User, UserParams, UserQuery } from "../../../contract/users.ts";
import type { DocumentStore, RouteStore, StoredEntry } from "../../../store/store.ts";
import { DOCUMENTS } from "../../../sync/notes.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { knownEdges } from "../edges/known-edges.ts";
import type { LoginArchive } from "../history/login-archive.ts";
import type { StoreHolds } from "../holds/store-holds.ts";
import { countedNames, mergePenalties, penaltySelection } from "../penalties/find-penalties.ts";
import { answersByEdge, answersTo, type QuestionBoard } from "../questions/question-board.ts";
import { routeOf } from "../routes/route-of.ts";
import { mergeSessions } from "../sessions/merge-sessions.ts";
import { explain } from "./explain.ts";
import { findNear, type NearStore } from "./find-near.ts";
import { mergePastSessions } from "./past-sessions.ts";

const getUser = createRoute({
  method: "get",
  path: "/v1/users/{login}",
  summary: "Everything known of a user",
  description:
    "Route and where it came from, every login name, status, live sessions, and the last sessions with their failed logins, as far as the edges remember or the route store keeps them: `history.days` for failed logins and for the first login a day of each client network and protocol. A name that no entry has is answered too, with `status: unknown`: its failed logins say what was tried, and `near` which names may be meant. `explain` is the decision about the name that one edge takes now, step by step, without a password: by its own configuration, route cache and view of the stores.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  request: { params: UserParams, query: UserQuery },
  responses: { 200: json(User, "The user"), ...problems("ambiguous-user", "not-found") },
});

export interface UserParts {
  store: NearStore & Pick<DocumentStore, "readDocument"> & Pick<RouteStore, "lists">;
  board: Pick<QuestionBoard, "ask">;
  archive: Pick<LoginArchive, "read">;
  holds: Pick<StoreHolds, "inForce">;
}

/** `GET /v1/users/{login}`: what a support agent asks first. */
export function userRoutes({ store, board, archive, holds }: UserParts) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getUser, async (c) => {
    const { domain, ...wanted } = c.req.valid("query");
    const typed = c.req.valid("param").login;
    const login = canonicalLogin(typed, domain);
    if (login === undefined) return problem(c, "bad-request", "login: is not a login name");
    const found = await store.find(login, "consistent");
    if (found.is === "ambiguous") return problem(c, "ambiguous-user", found.dns.join("; "));
    const entry = found.is === "found" ? found.entry : undefined;
    const name = entry?.account.toLowerCase() ?? login;
    const known = await knownEdges(store.lists);
    const [live, past, fined, kept, near, explained] = await Promise.all([
      board.ask({ ask: "sessions", selection: { account: name, limit: String(SESSIONS_MAX) } }),
      board.ask({ ask: "history", selection: { account: name } }),
      board.ask({ ask: "penalties", selection: penaltySelection(countedNames(login, entry), wanted.client) }),
      archive.read(name, HISTORY_MAX),
      entry === undefined ? findNear(store, login, known) : undefined,
      explain(board, known, { login: domain === undefined ? typed : login, ...wanted }),
    ]);
    const { sessions } = mergeSessions(answersTo(live.answers, "sessions"), SESSIONS_MAX);
    const remembered = answersTo(past.answers, "history").flatMap((answer) => answer.sessions);
    const logins = mergePastSessions(remembered, sessions, kept);
    const penalties = mergePenalties(answersByEdge(fined.answers, "penalties"));
    const silent = [...new Set([live, past, fined].flatMap(({ edges }) => edges.silent))];
    const edges = { asked: live.edges.asked, answered: live.edges.asked - silent.length, silent };
    const account =
      entry === undefined ? { ...UNKNOWN, near } : await describeEntry(store, entry, await holds.inForce());
    return c.json({ login, ...account, sessions, logins, penalties, ...explained, edges }, 200);
  });
}

const UNKNOWN = { names: [], status: "unknown" as const };

async function describeEntry(
  store: Pick<DocumentStore, "readDocument">,
  entry: StoredEntry,
  heldStores: readonly StoreHold[],
) {
  const { account, logins, dn, uuid, version } = entry;
  const status = SyncStatus.safeParse((await store.readDocument(DOCUMENTS.status))?.value).data;
  const route = routeOf(entry);
  const hold = holdOf(entry, heldStores);
  return {
    account,
    names: logins,
    route,
    source: {
      dn,
      uuid,
      version,
      sync: status?.state ?? "never",
      ...(status?.lagSeconds === undefined ? {} : { lagSeconds: status.lagSeconds }),
    },
    status: route.status,
    ...(hold === undefined ? {} : { hold }),
  };
}

/** What its logins wait for: the account's own hold, or that of its store. */
function holdOf({ hold, mailHost }: StoredEntry, heldStores: readonly StoreHold[]): User["hold"] {
  if (hold === undefined) return heldStores.find(({ store }) => store === mailHost[0]);
  const { id, by, why, until } = hold;
  return { id, by, why, until };
}
