import { createHash } from "node:crypto";
import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { isBelow, normalDn } from "../../../contract/distinguished-names.ts";
import type { ProblemCode } from "../../../contract/problems.ts";
import { Route } from "../../../contract/routes.ts";
import { MATCH_PARTS_MAX, RouteSearch, SEARCH_PATH } from "../../../contract/search.ts";
import type { EntryStore, StoredEntry } from "../../../store/store.ts";
import type { FirstLoad } from "../../../sync/first-load.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiContext, ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { ambiguous, nobody, type Refusal } from "../routes/look-up.ts";
import { routeOf, withSource } from "../routes/route-of.ts";
import { findMatches, isBounded } from "./find-matches.ts";

const searchRoutes = createRoute({
  method: "post",
  path: SEARCH_PATH,
  operationId: "searchRoutes",
  tags: ["routes"],
  summary: "Find the one matching account",
  description: `For certificate maps and SearchFormat: attributes and values combined by \`all\` and \`any\` (at most ${MATCH_PARTS_MAX} in total), below a base DN, holding a certificate. Searchable attributes are \`directory.searchAttributes\`, \`login\`, \`dn\` and \`certificate\` (SHA-256 of its DER, lower-case hex). \`attributes\` lists those to include in the response.`,
  security: bearer("edge", "support", "admin"),
  middleware: requireScope("edge", "support", "admin"),
  request: {
    body: { required: true, content: { "application/json": { schema: RouteSearch } } },
  },
  responses: {
    200: json(Route, "The route of the one matching entry"),
    ...problems("unknown-user", "ambiguous-user", "not-loaded", "body-too-large", "unsupported-media-type"),
  },
});

/** `POST /v1/route-searches`: the account that a certificate map or SearchFormat finds. */
export function searchRoute(store: Pick<EntryStore, "match" | "certificates">, firstLoad: FirstLoad) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(searchRoutes, async (c) => {
    const { match, base, certificate, attributes, source } = c.req.valid("json");
    if (!isBounded(match)) {
      return problem(c, "bad-request", `match: must have at most ${MATCH_PARTS_MAX} values`);
    }
    const baseDn = normalDn(base ?? "") ?? "";

    const result = await findMatches(store, match);
    if (result.is === "too-many")
      return refuse(c, ambiguous(c.var.caller, ["every part of the match matches too many entries"]));
    const below = result.entries.filter(({ dn }) => isBelow(normalDn(dn) ?? "", baseDn));
    const entries = certificate === undefined ? below : await holding(store, below, certificate);

    const [entry, ...others] = entries;
    if (entry === undefined) return refuse(c, await nobody(firstLoad));
    if (others.length > 0) return refuse(c, ambiguous(c.var.caller, entries.map(({ dn }) => dn).sort()));
    const route = routeOf(entry, attributes);
    return c.json(source === true ? withSource(route, entry) : route, 200);
  });
}

const refuse = <C extends ProblemCode>(c: ApiContext, { code, detail }: Refusal<C>) =>
  problem(c, code, detail);

/** The entries that hold exactly this certificate; only those with its fingerprint are read. */
async function holding(
  store: Pick<EntryStore, "certificates">,
  entries: readonly StoredEntry[],
  certificate: string,
): Promise<StoredEntry[]> {
  const der = Buffer.from(certificate, "base64");
  const fingerprint = createHash("sha256").update(der).digest("hex");
  const found: StoredEntry[] = [];
  for (const entry of entries) {
    if (!entry.fingerprints?.includes(fingerprint)) continue;
    const certificates = await store.certificates(entry.uuid);
    if (certificates.some((each) => der.equals(Buffer.from(each, "base64")))) found.push(entry);
  }
  return found;
}
