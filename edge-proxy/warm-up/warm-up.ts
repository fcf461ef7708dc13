import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Protocol } from "../../route-api/contract/protocols.ts";
import { type EdgeListener, type EdgeOptions, startEdge } from "../main.ts";
import { runtimeTransport } from "../transport/runtime.ts";
import type { ClientTls, Connection, Transport } from "../transport/transport.ts";
import { SESSIONS } from "./dialogues.ts";
import { haveSession } from "./mail-client.ts";
import { openMailStore } from "./mail-store.ts";
import { privateOptions, protocolsOf } from "./private-options.ts";
import { openRouteApi } from "./route-api.ts";

/** Sessions at the same time. */
const AT_ONCE = 16;
/** One session in so many uses TLS, where there is TLS: its handshake costs more than the rest of the login. */
const TLS_EVERY = 10;
/** How often each account logs in: first by a look-up at the route API, then by the route cache. */
const LOGINS_PER_ACCOUNT = 4;
/** Its own certificate need not be valid. */
const CLIENT_TLS: ClientTls = { serverName: "localhost", trust: { verify: false } };

/**
 * Lets `edge.warmUpLogins` users log in at an edge of its own in this process, with stores and a route API of its own,
 * all on loopback, then ends all of it: the code that a login runs is compiled before clients wait for it. `log` gets
 * that edge's lines, and should format them but write them nowhere. Rejects if a login fails or the time is over; what
 * has run by then is compiled even so.
 */
export async function warmUp(real: EdgeOptions, log: Logger): Promise<void> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const transport = await runtimeTransport();
    const api = await openRouteApi();
    closers.push(api.close);
    const stores = new Map<Protocol, number>();
    for (const protocol of protocolsOf(real)) {
      const store = await openMailStore(transport, protocol);
      closers.push(() => store.close());
      stores.set(protocol, store.port);
    }
    const edge = await startEdge(privateOptions(real, stores, api.url), log);
    const outgoing = closable(transport);
    const clients = startClients(outgoing, edge.listeners, real.edge.warmUpLogins);
    closers.push(edge.stop, () => Promise.allSettled(clients), outgoing.close);
    await within(real.edge.warmUpSeconds, Promise.all(clients));
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** A transport whose outgoing connections can be closed all at once, and those that are opened later too. */
function closable(transport: Transport): Transport & { close(): Promise<void> } {
  const opened: Connection[] = [];
  let isClosed = false;
  return {
    ...transport,
    connect(options, receiver) {
      const connection = transport.connect(options, receiver);
      opened.push(connection);
      if (isClosed) connection.destroy();
      return connection;
    },
    async close() {
      isClosed = true;
      for (const connection of opened) connection.destroy();
    },
  };
}

/** Clients that share the logins among them: each has one session after the other. */
function startClients(
  transport: Transport,
  listeners: readonly EdgeListener[],
  logins: number,
): Promise<void>[] {
  const kinds = listeners.flatMap((listener) =>
    SESSIONS[listener.protocol].map((exchangesOf) => ({ ...listener, exchangesOf })),
  );
  const plain = kinds.filter(({ tls }) => tls !== "implicit");
  const secured = kinds.filter(({ tls }) => tls === "implicit");
  const session = async (number: number): Promise<void> => {
    const round = Math.floor(number / TLS_EVERY);
    const kind =
      number % TLS_EVERY === 0 && secured.length > 0
        ? secured[round % secured.length]
        : plain[number % plain.length];
    if (kind === undefined) throw new Error("there is no listener to log in at");
    const user = `user${Math.floor(number / LOGINS_PER_ACCOUNT)}@example.com`;
    const door = { port: kind.port, tls: kind.tls === "implicit" ? CLIENT_TLS : undefined };
    await haveSession(transport, door, kind.exchangesOf(user));
  };
  const numbers = Array.from({ length: logins }, (_, number) => number).values();
  return Array.from({ length: AT_ONCE }, async () => {
    for (const number of numbers) await session(number);
  });
}

/** Rejects if the work takes longer. */
async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const late = delay(seconds * 1000, undefined, { signal: done.signal }).then(() => {
    throw new Error(`it took longer than ${seconds} s`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
