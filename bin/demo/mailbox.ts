/** A message of a demo mailbox. */
export interface Message {
  uid: number;
  /** The message as RFC 5322 text with CRLF line ends; octets, one a character. */
  text: string;
  flags: Set<string>;
  internalDate: Date;
}

/** A mailbox in memory, shared by the sessions of its user. */
export interface Mailbox {
  uidValidity: number;
  uidNext: number;
  messages: Message[];
  /** Called after a change, for sessions in IDLE. */
  watchers: Set<() => void>;
}

export function createMailbox(texts: string[]): Mailbox {
  const mailbox: Mailbox = { uidValidity: 1, uidNext: 1, messages: [], watchers: new Set() };
  for (const text of texts) append(mailbox, text, [], new Date(Date.UTC(2026, 0, mailbox.uidNext, 8, 30)));
  return mailbox;
}

/** Adds a message; returns it with its UID. */
export function append(mailbox: Mailbox, text: string, flags: string[], internalDate: Date): Message {
  const message = { uid: mailbox.uidNext++, text, flags: new Set(flags), internalDate };
  mailbox.messages.push(message);
  for (const watcher of mailbox.watchers) watcher();
  return message;
}

/** Removes the messages for which `isGone` is true from the mailbox. */
export function expunge(mailbox: Mailbox, isGone: (message: Message) => boolean): void {
  mailbox.messages = mailbox.messages.filter((message) => !isGone(message));
  for (const watcher of mailbox.watchers) watcher();
}

/** The messages of a new demo mailbox; they name user and store, so that a reader sees where they come from. */
export const welcomeMessages = (account: string, store: string): string[] => [
  message(account, "Welcome", "text/plain; charset=utf-8", [
    `This is the mailbox of ${account} on ${store}.`,
    "",
    "The edge took your name, looked up the store and logged in there.",
    ".",
    "The line above is a single dot: POP3 must stuff it.",
  ]),
  message(account, `Where is ${account}?`, "text/plain; charset=utf-8", [
    `Ask the route API: mmp route ${account}`,
    `It says ${store}.`,
  ]),
  message(account, "A message in two parts", 'multipart/alternative; boundary="demo"', [
    "--demo",
    "Content-Type: text/plain; charset=utf-8",
    "",
    `Plain text for ${account}.`,
    "--demo",
    "Content-Type: text/html; charset=utf-8",
    "",
    `<p>HTML for <b>${account}</b> on ${store}.</p>`,
    "--demo--",
  ]),
];

const message = (to: string, subject: string, type: string, body: string[]): string =>
  [
    "From: Postmaster <postmaster@example.com>",
    `To: ${to}`,
    `Subject: ${subject}`,
    "Date: Thu, 01 Jan 2026 08:30:00 +0000",
    `Message-ID: <${Buffer.from(subject + to)
      .toString("hex")
      .slice(0, 32)}@example.com>`,
    "MIME-Version: 1.0",
    `Content-Type: ${type}`,
    "",
    ...body,
    "",
  ].join("\r\n");
