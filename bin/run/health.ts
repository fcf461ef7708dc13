import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ListenerConfig } from "../../edge-proxy/config/instance.ts";
import type { Configuration } from "../config/load.ts";

/** One thing that is asked whether it answers; rejects, or ends by the signal, where it does not. */
export interface HealthCheck {
  name: string;
  ask(signal: AbortSignal): Promise<void>;
}

/** What the edge's listeners must do: greet; behind a PROXY header, which is the balancer's to send, accept. */
export const edgeChecks = ({ instances }: Configuration, only?: string): HealthCheck[] =>
  Object.entries(instances)
    .filter(([name]) => only === undefined || name === only)
    .flatMap(([name, { listeners }]) =>
      listeners
        // A port that the system chose is known to the process alone.
        .filter(({ port }) => port !== 0)
        .map((listener) => ({
          name: `${name}: ${listener.protocol} at ${listener.address} port ${listener.port}`,
          ask: (signal) => askListener(listener, signal),
        })),
    );

/** What the route API must do: say that it lives. Its store may be out meanwhile: a restart would not bring that back. */
export const routeApiChecks = ({ routeApi: { listen } }: Configuration): HealthCheck[] => {
  const [, address = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(listen) ?? [];
  const host = reachable(address);
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/livez`;
  return [
    {
      name: `route API at ${listen}`,
      async ask(signal) {
        const { status } = await fetch(url, { signal });
        if (status !== 200) throw new Error(`it answered with status ${status}`);
      },
    },
  ];
};

function askListener({ address, port, tls, proxyProtocol }: ListenerConfig, signal: AbortSignal) {
  const to = { host: reachable(address), port };
  const isSilent = proxyProtocol !== "none";
  // The certificate bears the clients' name for this host, not the loopback address.
  const secure = tls === "implicit" && !isSilent;
  const socket = secure ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
  return answered(socket, isSilent ? "connect" : "data", signal);
}

const answered = (socket: Socket, event: "connect" | "data", signal: AbortSignal): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("it did not answer in time")));
    socket.once(event, () => resolve());
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("it hung up")));
  }).finally(() => socket.destroy());

/** Where a process on this machine reaches what listens there. */
const reachable = (address: string): string =>
  address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
