import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type SecureContextOptions, type TLSSocket, type Server as TlsServer } from "node:tls";
import { createAdaptorServer } from "@hono/node-server";
import { CIPHER_SUITES } from "../contract/cipher-suites.ts";
import { type Fetch, type HttpServer, IDLE_SECONDS, listening, NO_HOST, until } from "./server.ts";

/** What the API shows, and what it accepts from edges; all in PEM. */
export interface ServerTls {
  cert: string;
  key: string;
  /** CAs of the edges' certificates; if absent, no client is asked for a certificate. */
  clientCa?: string;
}

export interface TlsHttpServer extends HttpServer {
  /** New connections get these; throws, and changes nothing, if they cannot be used. */
  replaceTls(tls: ServerTls): void;
}

/** A client has this long for its handshake, in milliseconds. */
const HANDSHAKE_MS = 10_000;

/** Serves `fetch` over TLS, alike on every runtime: none of their own servers takes other certificates while it runs. */
export async function serveTls(
  address: string,
  port: number,
  tls: ServerTls,
  fetch: Fetch,
): Promise<TlsHttpServer> {
  const http = createAdaptorServer({
    hostname: NO_HOST,
    fetch: async (request, { incoming }) => {
      const client = { hasCertificate: isVerified(incoming), address: () => incoming.socket.remoteAddress };
      const response = await fetch(request, client);
      // Read once, so that they are Headers: with plain ones the adaptor leaves the length to node:http, and Bun's sends chunks.
      void response.headers;
      return response;
    },
  });
  if ("keepAliveTimeout" in http) http.keepAliveTimeout = IDLE_SECONDS * 1000;
  let inProgress = 0;
  http.on("request", (_request: IncomingMessage, response: ServerResponse) => {
    inProgress++;
    response.once("close", () => inProgress--);
  });
  const sockets = new Set<TLSSocket>();
  const server: TlsServer = createServer(
    {
      ...contextOptions(tls),
      requestCert: tls.clientCa !== undefined,
      // Support agents have none: the token's scope decides who must show one.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      ALPNProtocols: ["http/1.1"],
    },
    (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      http.emit("connection", socket);
    },
  );
  return {
    address,
    port: await listening(server, address, port),
    replaceTls: (next) => server.setSecureContext(contextOptions(next)),
    async close() {
      server.close();
      await until(() => inProgress === 0);
      for (const socket of sockets) socket.destroy();
    },
  };
}

const contextOptions = ({ cert, key, clientCa }: ServerTls): SecureContextOptions => ({
  cert,
  key,
  ...(clientCa === undefined ? {} : { ca: clientCa }),
  minVersion: "TLSv1.2",
  ciphers: CIPHER_SUITES,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
});

/** Whether the connection's certificate was signed by one of the CAs. */
const isVerified = ({ socket }: { socket: object }): boolean =>
  "authorized" in socket && socket.authorized === true;
