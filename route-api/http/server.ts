import { setTimeout as pause } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";

/** A listening HTTP server, on whichever runtime. */
export interface HttpServer {
  address: string;
  port: number;
  /** Stops accepting, lets requests under way end for CLOSE_GRACE_MS, then ends what is open, or leaves it (Deno). */
  close(): Promise<void>;
}

type Fetch = (request: Request) => Response | Promise<Response>;

/** The part of Deno's interface that we use; its types are not those of Node. */
interface DenoServe {
  serve(
    options: { hostname: string; port: number; onListen(): void },
    fetch: Fetch,
  ): { addr: { port: number }; shutdown(): Promise<void> };
}

/** The app itself refuses a large body, with a problem; Bun's own limit, without one, must not come before, in bytes. */
const BUN_BODY_BYTES = 2 ** 40;
/** What is under way when the server closes has this long to end, in milliseconds. */
const CLOSE_GRACE_MS = 2000;
/** How often a closing server looks whether all is done, in milliseconds. */
const CLOSE_LOOK_MS = 10;
/** A keep-alive connection without a request is closed after this, in seconds. */
const IDLE_SECONDS = 120;

/** Stands for the host that a request of HTTP/1.0 need not name: load balancers send such probes. */
const NO_HOST = "localhost";

/** Serves `fetch` with the runtime's own HTTP server. Rejects with one clear error when it cannot listen. */
export async function serveHttp(address: string, port: number, fetch: Fetch): Promise<HttpServer> {
  try {
    if (typeof Bun !== "undefined") return serveBun(address, port, fetch);
    if ("Deno" in globalThis)
      return serveDeno((globalThis as unknown as { Deno: DenoServe }).Deno, address, port, fetch);
    return await serveNode(address, port, fetch);
  } catch (error) {
    const { code, name, message } = error as Error & { code?: string };
    const why =
      code === "EADDRINUSE" || name === "AddrInUse" ? "is in use" : `cannot be listened on: ${message}`;
    throw new Error(`port ${port} on ${address} ${why}`, { cause: error });
  }
}

function serveBun(address: string, port: number, fetch: Fetch): HttpServer {
  const server = Bun.serve({
    hostname: address,
    port,
    fetch: (request) => fetch(withHost(request)),
    maxRequestBodySize: BUN_BODY_BYTES,
    idleTimeout: IDLE_SECONDS,
  });
  return {
    address,
    port: server.port ?? port,
    async close() {
      // Its promise waits for idle connections too.
      void server.stop(false);
      await until(() => server.pendingRequests === 0);
      await server.stop(true);
    },
  };
}

/** Bun gives a request without a host no more than its path. */
const withHost = (request: Request): Request =>
  request.url.startsWith("/") ? new Request(`http://${NO_HOST}${request.url}`, request) : request;

function serveDeno(deno: DenoServe, address: string, port: number, fetch: Fetch): HttpServer {
  const server = deno.serve({ hostname: address, port, onListen() {} }, fetch);
  return {
    address,
    port: server.addr.port,
    async close() {
      // Once it shuts down, Deno cannot be told to end what is open: its signal then fails. That ends with the process.
      await Promise.race([server.shutdown(), pause(CLOSE_GRACE_MS, undefined, { ref: false })]);
    },
  };
}

async function serveNode(address: string, port: number, fetch: Fetch): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch, hostname: NO_HOST });
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = IDLE_SECONDS * 1000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  return {
    address,
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    async close() {
      let closed = false;
      server.close(() => {
        closed = true;
      });
      await until(() => {
        // Those that have just answered are idle now.
        if ("closeIdleConnections" in server) server.closeIdleConnections();
        return closed;
      });
      if ("closeAllConnections" in server) server.closeAllConnections();
    },
  };
}

/** Resolves when it is done, or after CLOSE_GRACE_MS. */
async function until(isDone: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + CLOSE_GRACE_MS;
  while (!isDone() && performance.now() < deadlineMs) await pause(CLOSE_LOOK_MS);
}
