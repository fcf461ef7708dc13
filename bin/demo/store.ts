import { createServer, type Server, type Socket } from "node:net";
import { createCommandCutter } from "./imap/commands.ts";
import { type Authenticate, CAPABILITIES, ImapSession } from "./imap/session.ts";
import type { Mailbox } from "./mailbox.ts";
import { Pop3Session } from "./pop3.ts";

/** A user of a demo store. */
export interface DemoAccount {
  login: string;
  password: string;
  mailbox: Mailbox;
}

export interface DemoStore {
  imapPort: number;
  pop3Port: number;
  close(): Promise<void>;
}

/** Starts a small IMAP4rev1 and POP3 store on free ports of 127.0.0.1. */
export async function startDemoStore(name: string, accounts: DemoAccount[]): Promise<DemoStore> {
  const authenticate: Authenticate = (user, password) =>
    accounts.find((account) => account.login === user.toLowerCase() && account.password === password)
      ?.mailbox;
  const sockets = new Set<Socket>();
  const serve = (greet: (socket: Socket) => void): Server =>
    createServer((socket) => {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
      greet(socket);
    });
  const imap = serve((socket) => serveImap(socket, name, authenticate));
  const pop3 = serve((socket) => servePop3(socket, name, authenticate));
  return {
    imapPort: await listen(imap),
    pop3Port: await listen(pop3),
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([imap, pop3].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function serveImap(socket: Socket, name: string, authenticate: Authenticate): void {
  const send = (text: string): void => void (text !== "" && socket.write(text, "latin1"));
  const session = new ImapSession(authenticate, send);
  const cutter = createCommandCutter(() => send("+ go on\r\n"));
  send(`* OK [CAPABILITY ${CAPABILITIES}] ${name} ready\r\n`);
  socket.on("close", () => session.close());
  socket.on("data", (bytes) => {
    cutter.push(bytes.toString("latin1"));
    for (
      let text = cutter.next(session.expectsLine);
      text !== undefined;
      text = cutter.next(session.expectsLine)
    ) {
      send(session.handle(text));
      if (session.ended) return void socket.end();
    }
  });
}

function servePop3(socket: Socket, name: string, authenticate: Authenticate): void {
  const session = new Pop3Session(authenticate);
  let buffer = "";
  socket.write(`+OK ${name} ready\r\n`);
  socket.on("data", (bytes) => {
    buffer += bytes.toString("latin1");
    for (let end = buffer.indexOf("\r\n"); end >= 0; end = buffer.indexOf("\r\n")) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      socket.write(session.handle(line), "latin1");
      if (session.ended) return void socket.end();
    }
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
