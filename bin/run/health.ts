import { type ClientRequest, get } from "node:http";
import { get as getTls } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { splitHostPort } from "../../route-api/contract/host-port.ts";
import type { Listener, Listening } from "../config/listening.ts";

/** One address to try; `ask` rejects if nothing there answers before the signal. */
export interface HealthCheck {
  name: string;
  ask(signal: AbortSignal): Promise<void>;
}

/** Every listener of the edge must greet; behind a PROXY header, which only the load balancer can send, accept. */
export const edgeChecks = ({ instances }: Pick<Listening, "instances">, only?: string): HealthCheck[] =>
  Object.entries(instances)
    .filter(([name]) => only === undefined || name === only)
    .flatMap(([name, { listeners }]) =>
      listeners
        // Only the process itself knows the port that the system picked.
        .filter(({ port }) => port !== 0)
        .map((listener) => ({
          name: `${name}: ${listener.protocol} on ${listener.address} port ${listener.port}`,
          ask: (signal) => askListener(listener, signal),
        })),
    );

/** The route API must be alive. Its store may be unavailable meanwhile: a restart would not bring that back. */
export const routeApiChecks = ({ routeApi }: Pick<Listening, "routeApi">): HealthCheck[] => {
  if (routeApi === undefined) return [];
  const { listen, certFile, selfSigned } = routeApi;
  const overTls = certFile !== undefined || selfSigned === true;
  const { address, port } = splitHostPort(listen);
  const to = { host: reachable(address), port, path: "/livez" };
  return [
    {
      name: `route API on ${listen}`,
      ask: (signal) => answeredWell(overTls ? getTls({ ...to, ...UNVERIFIED }) : get(to), signal),
    },
  ];
};

const answeredWell = (request: ClientRequest, signal: AbortSignal): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no answer in time")));
    request.once("error", reject);
    request.once("response", ({ statusCode }) => {
      if (statusCode === 200) resolve();
      else reject(new Error(`answered with status ${statusCode}`));
    });
  }).finally(() => request.destroy());

/** The certificate names this host as others know it, not the loopback address. */
const UNVERIFIED = { rejectUnauthorized: false };

function askListener({ address, port, tls, proxyProtocol }: Listener, signal: AbortSignal) {
  const to = { host: reachable(address), port };
  const isSilent = proxyProtocol !== "none";
  const secure = tls === "implicit" && !isSilent;
  const socket = secure ? connectTls({ ...to, ...UNVERIFIED }) : connect(to);
  return answered(socket, isSilent ? "connect" : "data", signal);
}

const answered = (socket: Socket, event: "connect" | "data", signal: AbortSignal): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no answer in time")));
    socket.once(event, () => resolve());
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed the connection")));
  }).finally(() => socket.destroy());

/** The address at which a process on this machine reaches a listener. `::` serves IPv4 too, and a container may have no `::1`. */
const reachable = (address: string): string =>
  address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
