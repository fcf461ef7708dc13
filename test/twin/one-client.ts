/** A single mail client: says how its connection fares, and gives the command that it is told to. */
import { speak } from "./json-process.ts";
import { type Door, ImapClient, type Over } from "./load/imap-client.ts";

const ANSWER_MS = 10_000;

const client = new ImapClient(JSON.parse(process.argv[2] ?? "{}") as Door, ANSWER_MS);
const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
    say({ event: what });
  } catch (error) {
    const { end, message } = error as Over;
    say({ event: end, detail: message });
  }
};
const say = speak<{ command: string }>(
  ({ command }) => void attempt("answered", () => client.command(command)),
);
await attempt("greeted", () => client.greeted());
