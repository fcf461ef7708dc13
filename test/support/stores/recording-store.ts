import type { Socket } from "node:net";
import { type ScriptedStore, scriptedStore } from "./scripted-store.ts";

/** The password, and the token, of every user. */
export const RIGHT = "right";
export const MECHANISMS = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-256"] as const;

/** A store that writes down every line before a login; afterwards it tells by `x WHO` whose session it is. */
export interface RecordingStore extends ScriptedStore {
  /** All lines so far, of all connections. */
  lines: string[];
}

type Protocol = "imap" | "pop3";

/** What a store says in either protocol; `M` is the edge's tag. */
const WORDS = {
  imap: {
    greeting:
      "* OK [CAPABILITY IMAP4rev1 SASL-IR ID AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=SCRAM-SHA-256] ready",
    yes: "M OK",
    no: "M NO [AUTHENTICATIONFAILED] no",
  },
  pop3: { greeting: "+OK [XCLIENT] ready", yes: "+OK", no: "-ERR [AUTH] no" },
};
const CAPABILITIES = ["+OK", "SASL PLAIN XOAUTH2 OAUTHBEARER SCRAM-SHA-256", "."];

export async function recordingStore(name: string, protocol: Protocol): Promise<RecordingStore> {
  const lines: string[] = [];
  const store = await scriptedStore((socket) => new Visit(name, protocol, socket, lines).begin());
  return Object.assign(store, { lines });
}

/** One connection. */
class Visit {
  readonly #name: string;
  readonly #protocol: Protocol;
  readonly #socket: Socket;
  readonly #lines: string[];
  #user: string | undefined;
  /** Judges the next line, where an exchange is under way. */
  #exchange: ((line: string) => void) | undefined;

  constructor(name: string, protocol: Protocol, socket: Socket, lines: string[]) {
    this.#name = name;
    this.#protocol = protocol;
    this.#socket = socket;
    this.#lines = lines;
  }

  begin(): void {
    let buffer = "";
    this.#send(WORDS[this.#protocol].greeting);
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => {
      const parts = (buffer + text).split("\r\n");
      buffer = parts.pop() ?? "";
      for (const line of parts) this.#line(line);
    });
    this.#socket.on("end", () => this.#socket.end());
  }

  #line(line: string): void {
    if (this.#user !== undefined) {
      if (line.endsWith(" WHO")) this.#send(`* ${this.#user} at ${this.#name}`);
      return;
    }
    this.#lines.push(line);
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange !== undefined) return exchange(line);
    const [, mechanism = "", message = ""] = /^(?:M AUTHENTICATE|AUTH) (\S+) (\S+)$/.exec(line) ?? [];
    if (mechanism !== "") this.#judge(mechanism, Buffer.from(message, "base64").toString("utf8"));
    else if (line.startsWith("XCLIENT ")) this.#send("+OK");
    else if (line === "CAPA") this.#send(...CAPABILITIES);
    else if (line.startsWith("I ID ")) this.#send("* ID NIL", "I OK");
  }

  #judge(mechanism: string, message: string): void {
    if (mechanism === "PLAIN") {
      const [, user = "", password] = message.split("\0");
      return this.#answer(user, password === RIGHT);
    }
    const user = /(?:user=|a=|n=)([^,\x01]+)/.exec(message)?.[1] ?? "";
    if (message.includes(`auth=Bearer ${RIGHT}\x01`)) return this.#answer(user, true);
    // A wrong token is told by a challenge, and SCRAM is one; here the client's last word is the password itself.
    this.#send(`+ ${Buffer.from("challenge").toString("base64")}`);
    this.#exchange = (line) => this.#answer(user, Buffer.from(line, "base64").toString() === RIGHT);
  }

  #answer(user: string, right: boolean): void {
    const { yes, no } = WORDS[this.#protocol];
    if (right) this.#user = user;
    this.#send(right ? `${yes} in` : no);
  }

  #send(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }
}
