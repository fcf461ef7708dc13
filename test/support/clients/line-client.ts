import { connect, type Socket } from "node:net";

/** A client that types: sends octets, and waits for what it expects. */
export interface LineClient {
  send(octets: string | Buffer): void;
  /** Resolves with everything up to the end of the first match; rejects when the connection closes before. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with what else came until the other side closed. */
  closed(): Promise<string>;
  socket: Socket;
}

export async function lineClient(
  port: number,
  host = "127.0.0.1",
  localAddress?: string,
): Promise<LineClient> {
  const socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let buffer = "";
  let over = false;
  let wake: (() => void) | undefined;
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    buffer += text;
    wake?.();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    over = true;
    wake?.();
  });
  return {
    socket,
    send: (octets) => void socket.write(octets),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        wake = () => {
          const match = pattern.exec(buffer);
          if (match !== null) {
            const end = match.index + match[0].length;
            const text = buffer.slice(0, end);
            buffer = buffer.slice(end);
            wake = undefined;
            resolve(text);
          } else if (over) reject(new Error(`closed before ${pattern}: ${buffer.slice(0, 500)}`));
        };
        wake();
      }),
    closed: () =>
      new Promise((resolve) => {
        wake = () => {
          if (over) resolve(buffer);
        };
        wake();
      }),
  };
}

/** All that a server says to a client that says nothing, until it closes; a reset may overtake the connection. */
export async function heardInAll(port: number, host?: string, localAddress?: string): Promise<string> {
  try {
    return await (await lineClient(port, host, localAddress)).closed();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return "";
    throw error;
  }
}
