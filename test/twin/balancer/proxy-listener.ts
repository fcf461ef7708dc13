import { connect, createServer, type Socket } from "node:net";
import { isRemembered } from "./connections.ts";
import { proxyHeader } from "./proxy-header.ts";
import type { TargetGroup } from "./target-group.ts";

/**
 * Accepts clients and passes their bytes on to a target, behind a PROXY header that goes only with the client's first
 * payload (an NLB's `on_first_ack_with_payload`): where the server speaks first, both sides wait.
 */
export const listenWithHeader = (group: TargetGroup, address: string, idleMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const target = group.next();
      if (target === undefined) client.resetAndDestroy();
      else
        join(
          client,
          connect({ ...target, host: target.address, allowHalfOpen: true, noDelay: true }),
          idleMs,
        );
    });
    server.once("error", reject);
    server.listen({ port: group.settings.port, host: address, backlog: 4096 }, resolve);
  });

function join(client: Socket, target: Socket, idleMs: number): void {
  const reset = (): void => {
    client.resetAndDestroy();
    target.resetAndDestroy();
  };
  // Keep-alive counts, though it never comes up to here: the kernel saw it.
  const idle = setTimeout(() => (isRemembered(target) ? idle.refresh() : reset()), idleMs);
  const active = (): void => void idle.refresh();
  for (const socket of [client, target]) {
    socket.on("data", active);
    socket.on("error", reset);
    socket.on("close", () => clearTimeout(idle));
  }
  client.once("data", (payload: Buffer) => {
    target.write(Buffer.concat([proxyHeader(client), payload]));
    client.pipe(target);
  });
  client.once("end", () => target.end());
  target.pipe(client);
}
