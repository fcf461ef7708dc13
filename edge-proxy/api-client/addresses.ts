import type { Secret } from "../../route-api/contract/secret.ts";
import type { ClientTls, ConnectOptions } from "../transport/transport.ts";

/** Where the route API is, and how an edge shows who it is. */
export interface RouteApiAccess {
  /** One URL, or several of which each is as good. */
  urls: readonly string[];
  /** CA certificates (PEM) for https; by default those of the system. */
  ca?: string | undefined;
  token: Secret;
}

/** One URL of the route API, ready to be connected to. */
export interface ApiAddress {
  connect: ConnectOptions;
  /** Goes before each request's path; what stands in the URL. */
  basePath: string;
  /** The header section of each request, with the empty line (RFC 9112). */
  head: string;
}

export function apiAddresses({ urls, ca, token }: RouteApiAccess): ApiAddress[] {
  // One for all: a TLS context is made once for each.
  const trust = { verify: true, ...(ca === undefined ? {} : { ca }) };
  return urls.map((text) => {
    const url = new URL(text);
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const tls: ClientTls = { serverName: host, trust };
    return {
      connect: {
        host,
        port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
        implicitTls: secure,
        ...(secure ? { tls } : {}),
      },
      basePath: url.pathname.replace(/\/$/, ""),
      head: `Host: ${url.host}\r\nAuthorization: Bearer ${token.reveal()}\r\nAccept: application/json\r\n\r\n`,
    };
  });
}

export const isSameAccess = (a: RouteApiAccess, b: RouteApiAccess): boolean =>
  JSON.stringify([a.urls, a.ca]) === JSON.stringify([b.urls, b.ca]) && a.token.reveal() === b.token.reveal();
