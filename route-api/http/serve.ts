import { splitHostPort } from "../contract/host-port.ts";
import { type BuildOptions, type BuiltApi, buildApi } from "./build.ts";
import { type HttpServer, serveHttp } from "./server.ts";

export interface ServeOptions extends BuildOptions {
  /** `address:port`; port 0 picks a free one, an IPv6 address is in brackets. */
  listen: string;
}

/** A listening route API. */
export type RouteApi = HttpServer & Pick<BuiltApi, "replaceTokens">;

/** Starts the route API. Rejects with a clear error if it cannot listen. */
export async function startRouteApi({ listen, ...options }: ServeOptions): Promise<RouteApi> {
  const { address, port } = splitHostPort(listen);
  const { app, replaceTokens, end } = buildApi(options);
  try {
    const server = await serveHttp(address, port, (request, peer) => app.fetch(request, { peer }));
    return {
      ...server,
      replaceTokens,
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
