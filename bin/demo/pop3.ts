import type { Authenticate } from "./imap/session.ts";
import { expunge, type Mailbox, type Message } from "./mailbox.ts";

/** One POP3 client of a demo store (RFC 1939): lines in, responses out. One character is one octet; it holds no socket. */
export class Pop3Session {
  #user: string | undefined;
  #mailbox: Mailbox | undefined;
  #view: Message[] = [];
  readonly #deleted = new Set<Message>();
  #awaitsPlain = false;
  readonly #authenticate: Authenticate;
  ended = false;

  constructor(authenticate: Authenticate) {
    this.#authenticate = authenticate;
  }

  handle(line: string): string {
    if (this.#awaitsPlain) {
      this.#awaitsPlain = false;
      return this.#plain(line);
    }
    const [name = "", ...words] = line.split(" ");
    const argument = words.join(" ");
    switch (name.toUpperCase()) {
      case "CAPA":
        return ok(["", "USER", "UIDL", "TOP", "SASL PLAIN", "PIPELINING"].join("\r\n"), ".");
      case "NOOP":
        return ok();
      case "QUIT":
        this.ended = true;
        if (this.#mailbox !== undefined) expunge(this.#mailbox, (message) => this.#deleted.has(message));
        return ok("Goodbye");
    }
    return this.#mailbox === undefined
      ? this.#authorization(name.toUpperCase(), argument)
      : this.#transaction(name.toUpperCase(), argument);
  }

  #authorization(name: string, argument: string): string {
    switch (name) {
      case "USER":
        this.#user = argument;
        return ok();
      case "PASS":
        return this.#logIn(this.#user ?? "", argument);
      case "AUTH": {
        const [mechanism = "", initial] = argument.split(" ");
        if (mechanism.toUpperCase() !== "PLAIN") return err("only PLAIN");
        if (initial !== undefined) return this.#plain(initial);
        this.#awaitsPlain = true;
        return "+ \r\n";
      }
      default:
        return err("log in first");
    }
  }

  #plain(line: string): string {
    const [, user = "", password = ""] = Buffer.from(line, "base64").toString("latin1").split("\0");
    return this.#logIn(user, password);
  }

  #logIn(user: string, password: string): string {
    this.#mailbox = this.#authenticate(user, password);
    if (this.#mailbox === undefined) return err("[AUTH] Wrong name or password");
    this.#view = [...this.#mailbox.messages];
    return ok("Logged in");
  }

  #transaction(name: string, argument: string): string {
    switch (name) {
      case "STAT": {
        const left = this.#view.filter((message) => !this.#deleted.has(message));
        return ok(`${left.length} ${left.reduce((sum, { text }) => sum + text.length, 0)}`);
      }
      case "LIST":
        return this.#listing(argument, ({ text }) => text.length);
      case "UIDL":
        return this.#listing(argument, ({ uid }) => uid);
      case "RETR":
        return this.#withMessage(argument, ({ text }) =>
          ok(`${text.length} octets\r\n${stuffed(text)}`, "."),
        );
      case "TOP": {
        const [number = "", lines = ""] = argument.split(" ");
        return this.#withMessage(number, ({ text }) => ok(`\r\n${stuffed(top(text, Number(lines)))}`, "."));
      }
      case "DELE":
        return this.#withMessage(argument, (message) => {
          this.#deleted.add(message);
          return ok();
        });
      case "RSET":
        this.#deleted.clear();
        return ok();
      default:
        return err("unknown command");
    }
  }

  #listing(argument: string, value: (message: Message) => number): string {
    if (argument !== "") return this.#withMessage(argument, (message) => ok(`${argument} ${value(message)}`));
    const lines = this.#view.flatMap((message, index) =>
      this.#deleted.has(message) ? [] : `${index + 1} ${value(message)}`,
    );
    return ok(["", ...lines].join("\r\n"), ".");
  }

  #withMessage(number: string, answer: (message: Message) => string): string {
    const message = /^\d+$/.test(number) ? this.#view[Number(number) - 1] : undefined;
    return message === undefined || this.#deleted.has(message) ? err("no such message") : answer(message);
  }
}

const err = (text: string): string => `-ERR ${text}\r\n`;

/** A positive response; `end` closes one of several lines. */
const ok = (text = "", end?: string): string => {
  const body = `+OK${text === "" || text.startsWith("\r\n") ? "" : " "}${text}`;
  return end === undefined ? `${body}\r\n` : `${body}${body.endsWith("\r\n") ? "" : "\r\n"}${end}\r\n`;
};

/** Doubles the dot at the start of a line (RFC 1939 section 3). */
const stuffed = (text: string): string => text.replace(/^\./gm, "..");

function top(text: string, lines: number): string {
  const end = text.indexOf("\r\n\r\n") + 4;
  return text.slice(0, end) + text.slice(end).split("\r\n").slice(0, lines).join("\r\n");
}
