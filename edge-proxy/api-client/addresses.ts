import type { Secret } from "../../route-api/contract/secret.ts";
import type { ClientTls, ClientTrust, ConnectOptions, ServerCertificate } from "../transport/transport.ts";

/** Where the route API is, and the token by which an edge proves who it is. */
export interface RouteApiAccess {
  /** One URL, or several that serve alike. */
  urls: readonly string[];
  /** CA certificates (PEM) for https; by default the system's. */
  ca?: string | undefined;
  /** Client certificate that is presented over https. */
  certificate?: ServerCertificate | undefined;
  token: Secret;
}

/** One URL of the route API, prepared for requests. */
export interface ApiAddress {
  connect: ConnectOptions;
  /** The URL's path, which goes before each request's. */
  basePath: string;
  /** The header section of each request, with the empty line (RFC 9112). */
  head: string;
}

export function apiAddresses({ urls, ca, certificate, token }: RouteApiAccess): ApiAddress[] {
  // One object for all addresses: each gets a TLS context of its own.
  const trust: ClientTrust = {
    verify: true,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
  };
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
  JSON.stringify([a.urls, a.ca, a.certificate]) === JSON.stringify([b.urls, b.ca, b.certificate]) &&
  a.token.reveal() === b.token.reveal();
