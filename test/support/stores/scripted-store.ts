import { createServer, type Socket } from "node:net";
import { freePort } from "../workspace.ts";

/** A mail store that does what a test says, on a free port of 127.0.0.1. */
export interface ScriptedStore {
  port: number;
  /** Resolves with the next connection of the edge, at the beginning of its life. */
  accepted(): Promise<Socket>;
  close(): Promise<void>;
}

export async function scriptedStore(serve: (socket: Socket) => void = () => {}): Promise<ScriptedStore> {
  const port = await freePort();
  const waiting: ((socket: Socket) => void)[] = [];
  const arrived: Socket[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
    const next = waiting.shift();
    if (next === undefined) arrived.push(socket);
    else next(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", 4096, resolve));
  return {
    port,
    accepted: () =>
      new Promise((resolve) => {
        const socket = arrived.shift();
        if (socket === undefined) waiting.push(resolve);
        else resolve(socket);
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Logs everybody in by IMAP, but for those whose password is `wrong`; then hands the rest of the stream to `relay`. */
export const imapLogin =
  (relay: (socket: Socket, bytes: string) => void = () => {}) =>
  (socket: Socket): void => {
    let loggedIn = false;
    let buffer = "";
    socket.write("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      if (loggedIn) return relay(socket, text);
      buffer += text;
      const end = buffer.indexOf("\r\n");
      if (end < 0) return;
      const tag = buffer.split(" ")[0];
      if (isWrong(buffer.slice(0, end))) {
        buffer = buffer.slice(end + 2);
        return void socket.write(`${tag} NO [AUTHENTICATIONFAILED] Authentication failed\r\n`);
      }
      loggedIn = true;
      socket.write(`${tag} OK [CAPABILITY IMAP4rev1 IDLE] in\r\n`);
      if (buffer.length > end + 2) relay(socket, buffer.slice(end + 2));
    });
  };

/** Whether a line of AUTHENTICATE PLAIN ends in the password `wrong` (RFC 4616). */
const isWrong = (line: string): boolean =>
  Buffer.from(line.split(" ").at(-1) ?? "", "base64")
    .toString("latin1")
    .endsWith("\0wrong");
