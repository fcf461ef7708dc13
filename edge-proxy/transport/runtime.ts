import type { Transport } from "./transport.ts";

/** The transport of the current runtime: native sockets on Bun, node:net on Node and Deno. */
export async function runtimeTransport(): Promise<Transport> {
  if (typeof Bun !== "undefined") return (await import("./bun.ts")).bunTransport;
  return (await import("./node.ts")).nodeTransport;
}
