import { type AppOptions, createApp } from "./app.ts";
import { type HttpServer, serveHttp } from "./http-server.ts";

export interface ServeOptions extends AppOptions {
  /** `address:port`; port 0 takes a free one, an IPv6 address stands in brackets. */
  listen: string;
}

/** Starts the route API. Rejects with one clear error when it cannot listen. */
export async function startRouteApi({ listen, ...options }: ServeOptions): Promise<HttpServer> {
  const [, address = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(listen) ?? [];
  const app = createApp(options);
  return serveHttp(address, Number(port), (request) => app.fetch(request));
}
