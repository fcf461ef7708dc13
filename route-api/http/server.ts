import type { Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";

/** A listening HTTP server, on any runtime. */
export interface HttpServer {
  address: string;
  port: number;
  /** Stops accepting, gives requests in progress CLOSE_GRACE_MS to finish, then closes what is open, or leaves it (Deno). */
  close(): Promise<void>;
}

/** What the connection says of a client. */
export interface ClientConnection {
  /** It has shown a certificate that one of the configured CAs signed. */
  hasCertificate: boolean;
  /** Where it is; undefined where the runtime does not say. Asks the socket, so it is for when it is needed. */
  address(): string | undefined;
}

export type Fetch = (request: Request, client: ClientConnection) => Response | Promise<Response>;

const inClear = (address: ClientConnection["address"]): ClientConnection => ({
  hasCertificate: false,
  address,
});

/** The part of Deno's API in use; its types are not in Node's. */
interface DenoServe {
  serve(
    options: { hostname: string; port: number; onListen(): void },
    fetch: (request: Request, info: { remoteAddr: { hostname?: string } }) => Response | Promise<Response>,
  ): { addr: { port: number }; shutdown(): Promise<void> };
}

/** Bun's own limit must not apply before the app's, which responds with a problem, in bytes. */
const BUN_BODY_BYTES = 2 ** 40;
/** Requests in progress when the server closes have this long to finish, in milliseconds. */
const CLOSE_GRACE_MS = 2000;
/** How often a closing server checks whether all requests are done, in milliseconds. */
const CLOSE_POLL_MS = 10;
/** An idle keep-alive connection is closed after this, in seconds. */
export const IDLE_SECONDS = 120;

/** Substitute for the Host header that HTTP/1.0 requests may lack, such as load balancers' probes. */
export const NO_HOST = "localhost";

/** Serves `fetch` with the runtime's own HTTP server. Rejects with a clear error if it cannot listen. */
export async function serveHttp(address: string, port: number, fetch: Fetch): Promise<HttpServer> {
  return await opening(address, port, async () => {
    if (typeof Bun !== "undefined") return serveBun(address, port, fetch);
    if ("Deno" in globalThis)
      return serveDeno((globalThis as unknown as { Deno: DenoServe }).Deno, address, port, fetch);
    return await serveNode(address, port, fetch);
  });
}

/** Listens; rejects with a clear error if that fails. */
export async function opening<S>(address: string, port: number, listen: () => Promise<S>): Promise<S> {
  try {
    return await listen();
  } catch (error) {
    const { code, name, message } = error as Error & { code?: string };
    const why = code === "EADDRINUSE" || name === "AddrInUse" ? "is in use" : `cannot be opened: ${message}`;
    throw new Error(`port ${port} on ${address} ${why}`, { cause: error });
  }
}

function serveBun(address: string, port: number, fetch: Fetch): HttpServer {
  const server = Bun.serve({
    hostname: address,
    port,
    fetch: (request, self) =>
      fetch(
        withHost(request),
        inClear(() => self.requestIP(request)?.address),
      ),
    maxRequestBodySize: BUN_BODY_BYTES,
    idleTimeout: IDLE_SECONDS,
  });
  return {
    address,
    port: server.port ?? port,
    async close() {
      // Its promise would wait for idle connections too.
      void server.stop(false);
      await until(() => server.pendingRequests === 0);
      await server.stop(true);
    },
  };
}

/** For a request without a host, Bun's url is only the path. */
const withHost = (request: Request): Request =>
  request.url.startsWith("/") ? new Request(`http://${NO_HOST}${request.url}`, request) : request;

function serveDeno(deno: DenoServe, address: string, port: number, fetch: Fetch): HttpServer {
  const server = deno.serve({ hostname: address, port, onListen() {} }, (request, info) =>
    fetch(
      request,
      inClear(() => info.remoteAddr.hostname),
    ),
  );
  return {
    address,
    port: server.addr.port,
    async close() {
      // Deno cannot be told to close open connections while it shuts down; they end with the process.
      await Promise.race([server.shutdown(), pause(CLOSE_GRACE_MS, undefined, { ref: false })]);
    },
  };
}

async function serveNode(address: string, port: number, fetch: Fetch): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch: (request, { incoming }) =>
      fetch(
        request,
        inClear(() => incoming.socket.remoteAddress),
      ),
    hostname: NO_HOST,
  });
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = IDLE_SECONDS * 1000;
  return {
    address,
    port: await listening(server, address, port),
    async close() {
      let closed = false;
      server.close(() => {
        closed = true;
      });
      await until(() => {
        // Connections that have just answered are idle now.
        if ("closeIdleConnections" in server) server.closeIdleConnections();
        return closed;
      });
      if ("closeAllConnections" in server) server.closeAllConnections();
    },
  };
}

/** Opens a server; resolves to its port, which the system picks for 0. */
export async function listening(
  server: Pick<Server, "address" | "listen" | "once">,
  address: string,
  port: number,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

/** Resolves once `isDone`, or after CLOSE_GRACE_MS. */
export async function until(isDone: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + CLOSE_GRACE_MS;
  while (!isDone() && performance.now() < deadlineMs) await pause(CLOSE_POLL_MS);
}
