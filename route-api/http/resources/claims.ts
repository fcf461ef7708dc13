import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { CLAIMS_PATH, type Claim, Claims, ClaimsRequest, claimsOf } from "../../contract/claims.ts";
import { foldedName } from "../../contract/names.ts";
import { MATCH_PARTS_MAX } from "../../contract/search.ts";
import { type EntryStore, MATCHES_MAX, type StoredEntry } from "../../store/store.ts";
import { bearer, json, problems } from "../openapi.ts";
import { problem, refuseInvalid } from "../problem.ts";
import type { ApiEnv } from "../request-context.ts";
import { requireScope } from "../token.ts";
import { routeOf } from "./routes/route-of.ts";
import { findMatches, isBounded } from "./search/find-matches.ts";

const postClaims = createRoute({
  method: "post",
  path: CLAIMS_PATH,
  operationId: "claimedEntries",
  tags: ["routes"],
  summary: "Find every entry that claims a name",
  description:
    "For edges, before they log in at a store on a user's behalf: the name that the store is told must belong to the user's entry and to no other. Names are compared in one spelling: without regard to case, Unicode form, invisible characters or dots at the end. The store is read consistently.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: { body: { required: true, content: { "application/json": { schema: ClaimsRequest } } } },
  responses: {
    200: json(Claims, "The entries"),
    ...problems("body-too-large", "unsupported-media-type"),
  },
});

/** `POST /v1/claims`: the entries to which a name at a store may belong. */
export function claimRoutes(store: Pick<EntryStore, "match">) {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(postClaims, async (c) => {
    const { names, match, attributes } = c.req.valid("json");
    if (match !== undefined && !isBounded(match)) {
      return problem(c, "bad-request", `match: must ask for at most ${MATCH_PARTS_MAX} values`);
    }
    const folded = new Set(names.map(foldedName));
    const found = new Map<string, StoredEntry>();
    let complete = true;
    const add = (entries: readonly StoredEntry[]): void => {
      for (const entry of entries) found.set(entry.uuid, entry);
    };
    for (const value of folded) {
      for (const attribute of ["login", "claim"]) {
        const entries = await store.match(attribute, value, "consistent");
        if (entries.length >= MATCHES_MAX) complete = false;
        add(entries);
      }
    }
    if (match !== undefined) {
      const matching = await findMatches(store, match);
      if (matching.is === "entries") add(matching.entries);
      else complete = false;
    }
    const entries = [...found.values()].map((entry): Claim => {
      const { uuid, account, override, attributes: included } = routeOf(entry, attributes);
      const claims = claimsOf(entry).some((claim) => folded.has(claim));
      return { uuid, dn: entry.dn, account, override, claims, attributes: included };
    });
    return c.json({ entries, complete }, 200);
  });
}
