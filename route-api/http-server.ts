import { createAdaptorServer } from "@hono/node-server";

/** A listening HTTP server, on whichever runtime. */
export interface HttpServer {
  address: string;
  port: number;
  /** Stops accepting, and ends what is open. */
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
/** A keep-alive connection without a request is closed after this, in seconds. */
const IDLE_SECONDS = 120;

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
    fetch,
    maxRequestBodySize: BUN_BODY_BYTES,
    idleTimeout: IDLE_SECONDS,
  });
  return { address, port: server.port ?? port, close: () => server.stop(true) };
}

function serveDeno(deno: DenoServe, address: string, port: number, fetch: Fetch): HttpServer {
  const server = deno.serve({ hostname: address, port, onListen() {} }, fetch);
  return { address, port: server.addr.port, close: () => server.shutdown() };
}

async function serveNode(address: string, port: number, fetch: Fetch): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch });
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = IDLE_SECONDS * 1000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  return {
    address,
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
