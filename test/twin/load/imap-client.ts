import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** How a session ended that its client did not end: told so by BYE, cut off, or without an answer. */
export type End = "bye" | "cut" | "silent";

export interface Door {
  host: string;
  port: number;
  tls: boolean;
  /** Where it is entered from; any address of this host by default. */
  from?: string;
}

/** A session that is over before its client wanted that. */
export class Over extends Error {
  readonly end: End;
  constructor(end: End, detail: string) {
    super(detail);
    this.end = end;
  }
}

/** An IMAP client that asks one thing at a time. */
export class ImapClient {
  /** The edge that answered, as its banner names it. */
  edge = "";
  /** Longest wait for an answer. */
  limitMs: number;
  readonly #socket: Socket;
  #text = "";
  #tags = 0;
  #over: Over | undefined;
  #wake: () => void = () => {};

  constructor({ host, port, tls, from }: Door, limitMs: number) {
    this.limitMs = limitMs;
    const where = { host, port, ...(from === undefined ? {} : { localAddress: from }) };
    this.#socket = tls ? connectTls({ ...where, rejectUnauthorized: false }) : connectPlain(where);
    this.#socket.setNoDelay(true).setEncoding("latin1");
    this.#socket.on("data", (text: string) => {
      this.#text += text;
      this.#wake();
    });
    let detail = "closed";
    this.#socket.on("error", (error) => {
      detail = error.message;
    });
    this.#socket.on("close", () => {
      this.#over ??= new Over(/^\* BYE/m.test(this.#text) ? "bye" : "cut", detail);
      this.#wake();
    });
  }

  /** Waits for the greeting, and notes who gave it. */
  async greeted(): Promise<void> {
    const greeting = await this.#until(/^\* OK .*\r\n/m, this.limitMs);
    this.edge = /edge (\S+)/.exec(greeting)?.[1] ?? "";
  }

  /** Sends a command, of Latin-1 octets, and waits for its end; resolves with the whole answer. */
  async command(text: string): Promise<string> {
    const tag = `t${++this.#tags}`;
    this.#socket.write(`${tag} ${text}\r\n`, "latin1");
    const answer = await this.#until(new RegExp(`^${tag} .*\r\n`, "m"), this.limitMs);
    if (!answer.includes(`${tag} OK`)) throw new Over("cut", answer.trim());
    return answer;
  }

  /** The address and port that the server sees it at. */
  get place(): string {
    return `${this.#socket.localAddress}:${this.#socket.localPort}`;
  }

  /** Idles for a time, or until the session is over. */
  async idle(ms: number): Promise<void> {
    this.#socket.write("idle IDLE\r\n");
    await this.#until(/^\+ .*\r\n/m, this.limitMs);
    await this.rest(ms);
    this.#socket.write("DONE\r\n");
    await this.#until(/^idle OK.*\r\n/m, this.limitMs);
  }

  /** Does nothing for a time; rejects at once where the session ends meanwhile. */
  rest(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (this.#over === undefined) return;
        clearTimeout(timer);
        reject(this.#over);
      };
      this.#wake();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #until(pattern: RegExp, limitMs: number): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      const giveUp = (): void => reject(new Over("silent", `no ${pattern} in ${limitMs} ms`));
      // What came while this process did not run is read first.
      const timer = setTimeout(() => setImmediate(giveUp), limitMs);
      this.#wake = () => {
        const match = pattern.exec(this.#text);
        if (match !== null) {
          const end = match.index + match[0].length;
          const text = this.#text.slice(0, end);
          this.#text = this.#text.slice(end);
          clearTimeout(timer);
          resolve(text);
        } else if (this.#over !== undefined) {
          clearTimeout(timer);
          reject(this.#over);
        }
      };
      this.#wake();
    });
  }
}
