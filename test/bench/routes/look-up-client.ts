import { connect, type Socket } from "node:net";

/** What look-ups are sent to. */
export interface LookUpTarget {
  apiUrl: string;
  token: string;
}

/** Asks for routes by keep-alive connections. */
export interface LookUpClient {
  /** Milliseconds from the call until the route is there; rejects if the answer is another. */
  lookUp(login: string): Promise<number>;
  close(): void;
}

interface Request {
  login: string;
  askedMs: number;
  done(delayMs: number): void;
  failed(error: Error): void;
}

/**
 * Connections of HTTP/1.1 with one request each, as edges ask a server that does not pipeline; a look-up that finds
 * none free waits, and the wait counts. No HTTP library stands between the server and the figure.
 */
export async function lookUpClient({ apiUrl, token }: LookUpTarget, links: number): Promise<LookUpClient> {
  const { hostname, port, host } = new URL(apiUrl);
  const tail = ` HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const queue: Request[] = [];
  const free: ((request: Request) => void)[] = [];

  const open = async (): Promise<Socket> => {
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    let current: Request | undefined;
    let buffer = "";
    const send = (request: Request): void => {
      current = request;
      socket.write(`GET /v1/routes/${encodeURIComponent(request.login)}${tail}`);
    };
    const next = (): void => {
      const request = queue.shift();
      if (request === undefined) free.push(send);
      else send(request);
    };
    socket.setNoDelay(true).setEncoding("latin1");
    socket.on("data", (text: string) => {
      buffer += text;
      const end = buffer.indexOf("\r\n\r\n");
      const length = end < 0 ? undefined : /content-length: (\d+)/i.exec(buffer.slice(0, end))?.[1];
      if (length === undefined || buffer.length < end + 4 + Number(length)) return;
      const answer = buffer.slice(0, 12);
      buffer = "";
      if (answer === "HTTP/1.1 200") current?.done(performance.now() - current.askedMs);
      else current?.failed(new Error(`the API answered ${answer}`));
      next();
    });
    socket.on("close", () => current?.failed(new Error("the API closed the connection")));
    next();
    return socket;
  };

  const sockets = await Promise.all(Array.from({ length: links }, open));
  return {
    lookUp: (login) =>
      new Promise((done, failed) => {
        const request = { login, askedMs: performance.now(), done, failed };
        const send = free.pop();
        if (send === undefined) queue.push(request);
        else send(request);
      }),
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
