import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What a link does to what passes it; nothing: it passes all on. */
export interface Trouble {
  /** Accepts, and holds back all that it is given until the trouble is over. */
  silent?: true;
  /** Delay of every piece, each way, in milliseconds. */
  delayMs?: number;
  bytesPerSecond?: number;
  /** Of each answer passes on half of the first piece, and closes. */
  halves?: true;
  /** Passes nothing on, and answers every HTTP request with this. Connections that are there are closed: each may await another answer. */
  answer?: Buffer;
}

/** A TCP proxy that can be troubled, also for connections that it has already. */
export interface Link {
  port: number;
  /** Sets what it does from now on. */
  trouble(now: Trouble): void;
  close(): Promise<void>;
}

const HEADER_END = /\r\n\r\n/g;

/** Opens a link to a port of 127.0.0.1. */
export async function openLink(target: number): Promise<Link> {
  let trouble: Trouble = {};
  let changed = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();

  const pump = (from: Socket, to: Socket, isAnswer: boolean): void => {
    const pass = async (piece: Buffer): Promise<void> => {
      while (trouble.silent) await changed.promise;
      const { delayMs = 0, bytesPerSecond, halves, answer } = trouble;
      const slowMs = bytesPerSecond === undefined ? 0 : (piece.length / bytesPerSecond) * 1000;
      if (delayMs + slowMs > 0) await pause(delayMs + slowMs);
      if (answer !== undefined) {
        // Several requests may come in one piece; each has one end of its header.
        if (!isAnswer) for (const _ of piece.toString("latin1").matchAll(HEADER_END)) from.write(answer);
        return;
      }
      if (halves && isAnswer) {
        to.end(piece.subarray(0, piece.length / 2));
        from.destroy();
        return;
      }
      if (!to.write(piece)) await Promise.race([once(to, "drain"), once(to, "close")]);
    };
    let turn = Promise.resolve();
    from.on("data", (piece: Buffer) => {
      from.pause();
      turn = turn
        .then(() => pass(piece))
        .catch(() => from.destroy())
        .then(() => void from.resume());
    });
    from.on("end", () => {
      turn = turn.then(() => void to.end());
    });
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      turn = turn.then(() => void to.destroy());
    });
    sockets.add(from);
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const behind = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    pump(client, behind, false);
    pump(behind, client, true);
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    trouble(now) {
      trouble = now;
      if (now.answer !== undefined) for (const socket of sockets) socket.destroy();
      changed.resolve();
      changed = Promise.withResolvers();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
