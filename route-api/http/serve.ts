import { splitHostPort } from "../contract/host-port.ts";
import { type BuildOptions, type BuiltApi, buildApi } from "./build.ts";
import { type Fetch, type HttpServer, opening, serveHttp } from "./server.ts";
import { type ServerTls, serveTls } from "./tls-server.ts";

export interface ServeOptions extends BuildOptions {
  /** `address:port`; port 0 picks a free one, an IPv6 address is in brackets. */
  listen: string;
  /** If absent, the API is served in clear. */
  tls?: ServerTls;
}

/** A listening route API. */
export interface RouteApi
  extends HttpServer,
    Pick<BuiltApi, "replaceTokens" | "replaceIssuer" | "replaceDirectory"> {
  /** Shows other certificates from now on. Throws if they cannot be used, or if TLS would have to start or end. */
  replaceTls(tls: ServerTls | undefined): void;
}

/** Starts the route API. Rejects with a clear error if it cannot listen. */
export async function startRouteApi({ listen, tls, ...options }: ServeOptions): Promise<RouteApi> {
  const { address, port } = splitHostPort(listen);
  const { app, end, ...replace } = buildApi(options);
  const fetch: Fetch = (request, { hasCertificate, address: peer }) =>
    app.fetch(request, {
      peer,
      barsEdges: tls?.clientCa !== undefined && !hasCertificate,
      isTls: tls !== undefined,
    });
  try {
    const server = await listenAt(address, port, tls, fetch);
    return {
      ...server,
      ...replace,
      replaceTls(next) {
        if (next?.clientCa === undefined ? tls?.clientCa !== undefined : tls?.clientCa === undefined)
          throw new Error("routeApi.clientCaFile can be added or removed only at a restart");
        server.replaceTls(next);
      },
      async close() {
        // Long polls are answered first, or they would keep the server open.
        end();
        await server.close();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

const RESTART = "routeApi.certFile can be added or removed only at a restart";

async function listenAt(
  address: string,
  port: number,
  tls: ServerTls | undefined,
  fetch: Fetch,
): Promise<HttpServer & Pick<RouteApi, "replaceTls">> {
  if (tls === undefined) {
    const server = await serveHttp(address, port, fetch);
    return {
      ...server,
      replaceTls(next) {
        if (next !== undefined) throw new Error(RESTART);
      },
    };
  }
  const server = await opening(address, port, () => serveTls(address, port, tls, fetch));
  return {
    ...server,
    replaceTls(next) {
      if (next === undefined) throw new Error(RESTART);
      server.replaceTls(next);
    },
  };
}
