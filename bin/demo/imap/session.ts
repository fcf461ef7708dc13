import { append, expunge, type Mailbox, type Message } from "../mailbox.ts";
import { fetchItem, parseItems, UnknownItem } from "./fetch-items.ts";
import { sequenceSet } from "./sequence-set.ts";

/** Finds the mailbox of a user; undefined if the login fails. */
export type Authenticate = (user: string, password: string) => Mailbox | undefined;

export const CAPABILITIES = "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE UIDPLUS";

/** One IMAP client of a demo store: commands in, responses out. One character is one octet; it holds no socket. */
export class ImapSession {
  #mailbox: Mailbox | undefined;
  /** The messages as the client knows them: their numbers change only with an EXPUNGE that it hears. */
  #view: Message[] | undefined;
  #readOnly = false;
  /** What the next line is: credentials in base64, or the end of IDLE. */
  #continuation: ((line: string) => string) | undefined;
  readonly #authenticate: Authenticate;
  readonly #notify: (text: string) => void;
  ended = false;

  constructor(authenticate: Authenticate, notify: (text: string) => void) {
    this.#authenticate = authenticate;
    this.#notify = notify;
  }

  /** True if the next line belongs to the previous command and has no literal of its own. */
  get expectsLine(): boolean {
    return this.#continuation !== undefined;
  }

  /** Answers one command, literals included, or a continuation line. */
  handle(text: string): string {
    const continuation = this.#continuation;
    if (continuation !== undefined) {
      this.#continuation = undefined;
      return continuation(text);
    }
    const [, tag = "*", name = "", rest = ""] = /^(\S+) (\S+) ?(.*)$/s.exec(text) ?? [];
    try {
      return this.#command(tag, name.toUpperCase(), rest);
    } catch (error) {
      if (error instanceof UnknownItem) return `${tag} BAD unknown item: ${error.message.slice(0, 40)}\r\n`;
      throw error;
    }
  }

  #command(tag: string, name: string, rest: string): string {
    switch (name) {
      case "CAPABILITY":
        return `* CAPABILITY ${CAPABILITIES}\r\n${tag} OK done\r\n`;
      case "NOOP":
      case "CHECK":
        return `${this.#changes()}${tag} OK done\r\n`;
      case "ID":
        return `* ID ("name" "demo store")\r\n${tag} OK done\r\n`;
      case "LOGOUT":
        this.ended = true;
        return `* BYE Goodbye\r\n${tag} OK done\r\n`;
      case "LOGIN":
        return this.#login(tag, ...parseStrings(rest));
      case "AUTHENTICATE":
        return this.#authenticatePlain(tag, rest);
    }
    const mailbox = this.#mailbox;
    if (mailbox === undefined) return `${tag} BAD log in first\r\n`;
    switch (name) {
      case "LIST":
      case "LSUB":
        return this.#list(tag, name, ...parseStrings(rest));
      case "STATUS":
        return this.#status(tag, mailbox, rest);
      case "SELECT":
      case "EXAMINE":
        return this.#select(tag, mailbox, name, ...parseStrings(rest));
      case "APPEND":
        return this.#append(tag, mailbox, rest);
      case "IDLE":
        return this.#idle(tag, mailbox);
    }
    const view = this.#view;
    if (view === undefined) return `${tag} BAD select a mailbox first\r\n`;
    switch (name) {
      case "FETCH":
        return this.#fetch(tag, view, rest, false);
      case "STORE":
        return this.#store(tag, view, rest, false);
      case "SEARCH":
        return this.#search(tag, view, rest, false);
      case "UID":
        return this.#uid(tag, view, rest);
      case "EXPUNGE":
        return this.#expunge(tag, mailbox);
      case "CLOSE":
        if (!this.#readOnly) expunge(mailbox, ({ flags }) => flags.has("\\Deleted"));
        this.#view = undefined;
        return `${tag} OK done\r\n`;
      case "UNSELECT":
        this.#view = undefined;
        return `${tag} OK done\r\n`;
      default:
        return `${tag} BAD unknown command\r\n`;
    }
  }

  #login(tag: string, user = "", password = ""): string {
    this.#mailbox = this.#authenticate(user, password);
    if (this.#mailbox === undefined) return `${tag} NO [AUTHENTICATIONFAILED] Wrong name or password\r\n`;
    return `${tag} OK [CAPABILITY ${CAPABILITIES}] Logged in\r\n`;
  }

  #authenticatePlain(tag: string, rest: string): string {
    const [mechanism = "", initial] = rest.split(" ");
    if (mechanism.toUpperCase() !== "PLAIN") return `${tag} NO [CANNOT] only PLAIN is supported\r\n`;
    const finish = (line: string): string => {
      const [, user, password] = Buffer.from(line, "base64").toString("latin1").split("\0");
      return this.#login(tag, user, password);
    };
    if (initial !== undefined) return finish(initial);
    this.#continuation = finish;
    return "+ \r\n";
  }

  #list(tag: string, name: string, _reference = "", pattern = ""): string {
    const line = (mailbox: string): string =>
      `* ${name} (${mailbox === "" ? "\\Noselect" : ""}) "/" ${mailbox || '""'}\r\n`;
    const matches = /^(\*|%|INBOX)$/i.test(pattern);
    return `${pattern === "" ? line("") : matches ? line("INBOX") : ""}${tag} OK done\r\n`;
  }

  #status(tag: string, mailbox: Mailbox, rest: string): string {
    const [, name = "", items = ""] = /^(.*?) *\((.*)\)$/s.exec(rest) ?? [];
    if (parseStrings(name)[0]?.toUpperCase() !== "INBOX") return noSuchMailbox(tag);
    const unseen = mailbox.messages.filter(({ flags }) => !flags.has("\\Seen")).length;
    const values: Record<string, number> = {
      MESSAGES: mailbox.messages.length,
      RECENT: 0,
      UIDNEXT: mailbox.uidNext,
      UIDVALIDITY: mailbox.uidValidity,
      UNSEEN: unseen,
    };
    const known = items
      .toUpperCase()
      .split(" ")
      .filter((item) => item in values);
    return `* STATUS INBOX (${known.map((item) => `${item} ${values[item]}`).join(" ")})\r\n${tag} OK done\r\n`;
  }

  #select(tag: string, mailbox: Mailbox, command: string, name = ""): string {
    this.#view = undefined;
    if (name.toUpperCase() !== "INBOX") return noSuchMailbox(tag);
    this.#view = [...mailbox.messages];
    this.#readOnly = command === "EXAMINE";
    return [
      `* ${mailbox.messages.length} EXISTS`,
      "* 0 RECENT",
      `* FLAGS (${FLAGS})`,
      `* OK [PERMANENTFLAGS (${this.#readOnly ? "" : FLAGS})] flags`,
      `* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs valid`,
      `* OK [UIDNEXT ${mailbox.uidNext}] next UID`,
      `${tag} OK [${this.#readOnly ? "READ-ONLY" : "READ-WRITE"}] done\r\n`,
    ].join("\r\n");
  }

  #append(tag: string, mailbox: Mailbox, rest: string): string {
    const match = /^(\S+|"[^"]*")(?: \(([^)]*)\))?(?: "[^"]*")? \{\d+\+?\}\r\n(.*)$/s.exec(rest);
    if (match === null) return `${tag} BAD invalid arguments\r\n`;
    const [, name = "", flags = "", text = ""] = match;
    if (parseStrings(name)[0]?.toUpperCase() !== "INBOX")
      return `${tag} NO [TRYCREATE] INBOX is the only mailbox\r\n`;
    const { uid } = append(
      mailbox,
      text,
      flags.split(" ").filter((flag) => flag !== ""),
      new Date(),
    );
    return `${this.#changes()}${tag} OK [APPENDUID ${mailbox.uidValidity} ${uid}] done\r\n`;
  }

  #idle(tag: string, mailbox: Mailbox): string {
    const watcher = (): void => this.#notify(this.#changes());
    mailbox.watchers.add(watcher);
    this.#continuation = (line) => {
      mailbox.watchers.delete(watcher);
      return line.toUpperCase() === "DONE" ? `${tag} OK done\r\n` : `${tag} BAD DONE expected\r\n`;
    };
    return `${this.#changes()}+ idling\r\n`;
  }

  /** Stops watching the mailbox, for the client is gone. */
  close(): void {
    this.#continuation?.("");
    this.#continuation = undefined;
  }

  #uid(tag: string, view: Message[], rest: string): string {
    const [, name = "", argument = ""] = /^(\S+) (.*)$/s.exec(rest) ?? [];
    switch (name.toUpperCase()) {
      case "FETCH":
        return this.#fetch(tag, view, argument, true);
      case "STORE":
        return this.#store(tag, view, argument, true);
      case "SEARCH":
        return this.#search(tag, view, argument, true);
      default:
        return `${tag} BAD unknown command\r\n`;
    }
  }

  #fetch(tag: string, view: Message[], rest: string, byUid: boolean): string {
    const [, set = "", argument = ""] = /^(\S+) (.+)$/s.exec(rest) ?? [];
    const chosen = choose(view, set, byUid);
    if (chosen === undefined) return `${tag} BAD invalid sequence set\r\n`;
    const items = parseItems(argument);
    if (byUid && !items.some((item) => item.toUpperCase() === "UID")) items.unshift("UID");
    const lines = chosen.map(
      ([number, message]) =>
        `* ${number} FETCH (${items.map((item) => fetchItem(message, item)).join(" ")})\r\n`,
    );
    return `${lines.join("")}${tag} OK done\r\n`;
  }

  #store(tag: string, view: Message[], rest: string, byUid: boolean): string {
    const match = /^(\S+) ([+-]?)FLAGS(\.SILENT)? \(?([^)]*)\)?$/i.exec(rest);
    const chosen = match === null ? undefined : choose(view, match[1] ?? "", byUid);
    if (match === null || chosen === undefined) return `${tag} BAD invalid arguments\r\n`;
    if (this.#readOnly) return `${tag} NO the mailbox is read-only\r\n`;
    const [, , sign, silent, list = ""] = match;
    const flags = list.split(" ").filter((flag) => flag !== "");
    const lines = chosen.map(([number, message]) => {
      if (sign === "") message.flags.clear();
      for (const flag of flags) {
        if (sign === "-") message.flags.delete(flag);
        else message.flags.add(flag);
      }
      if (silent !== undefined) return "";
      return `* ${number} FETCH (${byUid ? `UID ${message.uid} ` : ""}${fetchItem(message, "FLAGS")})\r\n`;
    });
    return `${lines.join("")}${tag} OK done\r\n`;
  }

  #search(tag: string, view: Message[], rest: string, byUid: boolean): string {
    const words = rest.replace(/^CHARSET \S+ /i, "").split(" ");
    let found = choose(view, "1:*", false) ?? [];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      const test = searchKey(word.toUpperCase(), words, view);
      if (test === undefined)
        return `${tag} BAD this store only searches for ALL, SEEN, UNSEEN and message numbers\r\n`;
      found = found.filter(([number, message]) => test(number, message));
    }
    return `* SEARCH${found.map(([number, { uid }]) => ` ${byUid ? uid : number}`).join("")}\r\n${tag} OK done\r\n`;
  }

  #expunge(tag: string, mailbox: Mailbox): string {
    if (this.#readOnly) return `${tag} NO the mailbox is read-only\r\n`;
    expunge(mailbox, ({ flags }) => flags.has("\\Deleted"));
    return `${this.#changes()}${tag} OK done\r\n`;
  }

  /** The changes of the mailbox since the client was last told; they are in its view then. */
  #changes(): string {
    const mailbox = this.#mailbox;
    const view = this.#view;
    if (mailbox === undefined || view === undefined) return "";
    const lines: string[] = [];
    for (let index = view.length - 1; index >= 0; index--) {
      const message = view[index];
      if (message !== undefined && mailbox.messages.includes(message)) continue;
      view.splice(index, 1);
      lines.push(`* ${index + 1} EXPUNGE\r\n`);
    }
    if (mailbox.messages.length > view.length) lines.push(`* ${mailbox.messages.length} EXISTS\r\n`);
    this.#view = [...mailbox.messages];
    return lines.join("");
  }
}

const FLAGS = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

const noSuchMailbox = (tag: string): string => `${tag} NO [NONEXISTENT] INBOX is the only mailbox\r\n`;

/** The messages of a sequence set, with their numbers. */
function choose(view: Message[], set: string, byUid: boolean): [number, Message][] | undefined {
  const numbered = view.map((message, index): [number, Message] => [index + 1, message]);
  const isIn = sequenceSet(set, byUid ? (view.at(-1)?.uid ?? 0) : view.length);
  return isIn === undefined ? undefined : numbered.filter(([number, { uid }]) => isIn(byUid ? uid : number));
}

function searchKey(
  word: string,
  words: string[],
  view: Message[],
): ((number: number, message: Message) => boolean) | undefined {
  switch (word) {
    case "ALL":
      return () => true;
    case "SEEN":
      return (_number, { flags }) => flags.has("\\Seen");
    case "UNSEEN":
      return (_number, { flags }) => !flags.has("\\Seen");
    case "UID": {
      const isIn = sequenceSet(words.shift() ?? "", view.at(-1)?.uid ?? 0);
      return isIn === undefined ? undefined : (_number, { uid }) => isIn(uid);
    }
    default: {
      const isIn = sequenceSet(word, view.length);
      return isIn === undefined ? undefined : (number) => isIn(number);
    }
  }
}

/** Consecutive strings: atoms, quoted strings and literals. */
function parseStrings(text: string): string[] {
  const strings: string[] = [];
  let rest = text;
  while (rest !== "") {
    const literal = /^\{(\d+)\+?\}\r\n/.exec(rest);
    const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(rest);
    const atom = /^[^\s"]+/.exec(rest);
    if (literal !== null) {
      const end = literal[0].length + Number(literal[1]);
      strings.push(rest.slice(literal[0].length, end));
      rest = rest.slice(end);
    } else if (quoted !== null) {
      strings.push((quoted[1] ?? "").replace(/\\(.)/gs, "$1"));
      rest = rest.slice(quoted[0].length);
    } else if (atom !== null) {
      strings.push(atom[0]);
      rest = rest.slice(atom[0].length);
    } else rest = rest.slice(1);
  }
  return strings;
}
