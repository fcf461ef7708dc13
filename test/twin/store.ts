/** A mail store that takes every IMAP login, for the address in its first argument. */
import { createServer, type Socket } from "node:net";
import { speak } from "./json-process.ts";
import { STORE_PORT } from "./store-port.ts";

const say = speak(() => {});

function serve(socket: Socket): void {
  let rest = "";
  let idleTag: string | undefined;
  const answer = (line: string): void => {
    const [tag = "", command = ""] = line.split(" ");
    if (idleTag !== undefined) {
      socket.write(`${idleTag} OK idled\r\n`);
      idleTag = undefined;
    } else if (command === "IDLE") {
      idleTag = tag;
      socket.write("+ idling\r\n");
    } else if (command === "LOGOUT") socket.end(`* BYE over\r\n${tag} OK out\r\n`);
    else if (command === "AUTHENTICATE") socket.write(`${tag} OK [CAPABILITY IMAP4rev1 IDLE] in\r\n`);
    else socket.write(`${tag} OK done\r\n`);
  };
  socket.write("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
  socket.on("error", () => socket.destroy());
  socket.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) answer(line);
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen({ host: process.argv[2], port: STORE_PORT, backlog: 4096 }, () => say({ event: "listening" }));
