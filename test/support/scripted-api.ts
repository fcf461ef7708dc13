import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Change } from "../../route-api/contract/changes.ts";
import type { Route } from "../../route-api/contract/routes.ts";
import { freePort } from "./workspace.ts";

/** Routes and their change feed, behind any number of addresses. */
export interface ScriptedRoutes {
  /** Login names that were asked for, at any address. */
  asked: string[];
  /** Cursors that the feed was asked for after; "" at the beginning. */
  polls: string[];
  /** Gives a login another route, without a word in the feed. */
  set(login: string, route: Partial<Route> | "ambiguous"): void;
  /** The same, with a word. */
  move(login: string, mailHost: string, more?: Pick<Route, "hold">): void;
  /** The feed forgets all that it has told. */
  forget(): void;
  /** Resolves when an edge has taken in all that the feed tells. */
  taken(): Promise<void>;
}

/** One address of the API; it can go away and come back at the same port. */
export interface ScriptedApi {
  url: string;
  /** Accepts, and answers nothing any more, or does again. */
  silent: boolean;
  start(): Promise<void>;
  /** Ends at once, as by kill -9. */
  stop(): Promise<void>;
}

interface Store extends ScriptedRoutes {
  answer(request: IncomingMessage, response: ServerResponse): void;
}

const TOKEN = "a-token";

export function scriptedRoutes(): ScriptedRoutes {
  const routes = new Map<string, Route | "ambiguous">();
  /** Number of the first change that the feed still has. */
  let first = 0;
  const changes: Change[] = [];
  const asked: string[] = [];
  const polls: string[] = [];
  const held = new Set<() => void>();
  const watchers = new Set<() => void>();
  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  };
  const end = (): number => first + changes.length;

  const feed = (url: URL, response: ServerResponse): void => {
    const after = url.searchParams.get("after");
    polls.push(after ?? "");
    for (const watch of [...watchers]) watch();
    const at = after === null ? end() : Number(after.slice(1));
    const gap = at < first || at > end();
    const send = (): void => {
      held.delete(send);
      clearTimeout(timer);
      json(response, 200, { cursor: `c${end()}`, gap, changes: gap ? [] : changes.slice(at - first) });
    };
    const timer = setTimeout(send, Number(url.searchParams.get("wait") ?? 0) * 1000);
    if (after === null || gap || at < end()) send();
    else held.add(send);
    response.on("close", () => {
      held.delete(send);
      clearTimeout(timer);
    });
  };

  const store: Store = {
    asked,
    polls,
    set(login, route) {
      if (route === "ambiguous") return void routes.set(login, route);
      routes.set(login, {
        account: login,
        uuid: `uuid of ${login}`,
        mailHost: ["store1"],
        version: "1",
        status: "active",
        services: [],
        ...route,
      });
    },
    move(login, mailHost, more = {}) {
      store.set(login, { mailHost: [mailHost], ...more });
      changes.push({ kind: "route", uuid: `uuid of ${login}`, account: login, names: [login] });
      for (const send of [...held]) send();
    },
    forget() {
      first = end() + 1;
      changes.length = 0;
    },
    taken: () =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (polls.at(-1) !== `c${end()}`) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      }),
    answer(request, response) {
      const url = new URL(request.url ?? "", "http://api");
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return json(response, 401, {});
      if (url.pathname === "/v1/changes") return feed(url, response);
      if (url.pathname.startsWith("/v1/edges/")) return json(response, 200, {});
      const login = decodeURIComponent(url.pathname.replace("/v1/routes/", ""));
      asked.push(login);
      const route = routes.get(login);
      if (route === undefined) return json(response, 404, { code: "unknown-user" });
      if (route === "ambiguous") return json(response, 409, { code: "ambiguous-user" });
      json(response, 200, route);
    },
  };
  return store;
}

/** Serves the routes on a free port of 127.0.0.1, by HTTPS where there is a certificate. */
export async function scriptedApi(
  routes: ScriptedRoutes,
  certificate?: { certFile: string; keyFile: string },
): Promise<ScriptedApi> {
  const port = await freePort();
  let close = async (): Promise<void> => {};
  const api: ScriptedApi = {
    url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    silent: false,
    async start() {
      const answer = (request: IncomingMessage, response: ServerResponse): void => {
        if (!api.silent) (routes as Store).answer(request, response);
      };
      const server =
        certificate === undefined
          ? createServer(answer)
          : createTlsServer(
              { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
              answer,
            );
      const sockets = new Set<Socket>();
      server.on("connection", (socket: Socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
      });
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      close = async () => {
        for (const socket of sockets) socket.resetAndDestroy();
        await new Promise((resolve) => server.close(resolve));
      };
    },
    stop: () => close(),
  };
  await api.start();
  return api;
}
