import type { Socket } from "node:net";

export type Serve = (socket: Socket) => void;

/** Sends without an end, as fast as it is taken. */
export function flood(socket: Socket, text: string): void {
  const piece = Buffer.from(text.repeat(Math.ceil(16_384 / text.length)), "latin1");
  const send = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", send);
  send();
}

const DRIP_MS = 20;

/** Sends without an end, so slowly that no bound on sizes is ever reached. */
export function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), DRIP_MS);
  socket.once("close", () => clearInterval(timer));
}

/** Greets, then answers each line of the edge by the first rule that fits it; a line that none fits is not answered. */
export function dialogue(
  greeting: string,
  ...rules: [line: RegExp, answer: string | ((socket: Socket, line: string) => void)][]
): Serve {
  return (socket) => {
    let buffer = "";
    socket.setEncoding("latin1");
    socket.write(Buffer.from(greeting, "latin1"));
    socket.on("data", (text: string) => {
      const lines = (buffer + text).split("\r\n");
      buffer = lines.pop() ?? "";
      for (const line of lines) {
        const answer = rules.find(([pattern]) => pattern.test(line))?.[1];
        if (typeof answer === "string") socket.write(Buffer.from(answer, "latin1"));
        else answer?.(socket, line);
      }
    });
  };
}
