import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Changes } from "../../route-api/contract/changes.ts";
import { HOLDS_PATH, type Holds } from "../../route-api/contract/holds.ts";
import { type Route, routePath } from "../../route-api/contract/routes.ts";

/** Name of the store that all routes lead to. */
export const STORE = "warm-up";

export interface RouteApi {
  url: string;
  close(): Promise<void>;
}

/** A route API on a free port of 127.0.0.1: it knows every account, has no changes to tell, and accepts every report. */
export async function openRouteApi(): Promise<RouteApi> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    // A long poll is never answered: nothing changes.
    if (pathname === "/v1/changes" && searchParams.get("wait") !== "0") return;
    const answer = answerTo(pathname);
    request.resume();
    response.writeHead(answer === undefined ? 204 : 200, { "Content-Type": "application/json" });
    response.end(answer && JSON.stringify(answer));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerTo(path: string): Route | Changes | Holds | undefined {
  if (path === "/v1/changes") return { cursor: "0", gap: false, changes: [] };
  if (path === HOLDS_PATH) return { accounts: [], stores: [] };
  if (!path.startsWith(ROUTES)) return undefined;
  const account = decodeURIComponent(path.slice(ROUTES.length));
  return {
    account,
    uuid: account,
    mailHost: [STORE],
    version: "0",
    write: 1,
    status: "active",
    services: [],
  };
}

const ROUTES = routePath("");
