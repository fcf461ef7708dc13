import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { STORES_PATH, StoreList } from "../../../contract/stores.ts";
import type { ListStore } from "../../../store/lists.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { knownEdges } from "../edges/known-edges.ts";
import { summarizeStores } from "./summarize-stores.ts";

const getStores = createRoute({
  method: "get",
  path: STORES_PATH,
  summary: "List the mail stores",
  description:
    "What the last heartbeats of the edges say of each store that has sessions, was logged in at, or fails: at most half a minute old.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  responses: { 200: json(StoreList, "The stores, by name"), ...problems() },
});

/** `GET /v1/stores`: how the mail stores do, as the edges see them. */
export const storeRoutes = (lists: ListStore) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getStores, async (c) =>
    c.json(summarizeStores(await knownEdges(lists)), 200),
  );
