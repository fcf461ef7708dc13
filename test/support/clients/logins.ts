import type { LineClient } from "./line-client.ts";

export type Protocol = "imap" | "pop3";
/** Ways to log in: SASL mechanisms, and the protocol's own command. */
export type Way = "PLAIN" | "LOGIN" | "XOAUTH2" | "OAUTHBEARER" | "SCRAM-SHA-256" | "command";

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");

/** The client's messages of a mechanism; those behind the first answer a continuation request each. */
const messages = (way: Exclude<Way, "command">, user: string, secret: string): string[] =>
  ({
    PLAIN: [base64(`\0${user}\0${secret}`)],
    LOGIN: [base64(user), base64(secret)],
    XOAUTH2: [base64(`user=${user}\x01auth=Bearer ${secret}\x01\x01`), base64("\x01")],
    OAUTHBEARER: [base64(`n,a=${user},\x01auth=Bearer ${secret}\x01\x01`), base64("\x01")],
    // Not the real thing: the recording store takes the secret for the proof.
    "SCRAM-SHA-256": [base64(`n,,n=${user},r=nonce`), base64(secret)],
  })[way];

/** Logs in; resolves with the edge's last word. Octets of name and secret go over as they are, in literals by IMAP. */
export async function logIn(
  client: LineClient,
  protocol: Protocol,
  way: Way,
  user: string,
  secret: string,
): Promise<string> {
  const last = protocol === "imap" ? /^a [^\r\n]*\r\n/m : /^(\+OK|-ERR)[^\r\n]*\r\n/m;
  if (way === "command" && protocol === "imap") {
    client.send(
      Buffer.from(`a LOGIN {${user.length}+}\r\n${user} {${secret.length}+}\r\n${secret}\r\n`, "latin1"),
    );
    return client.until(last);
  }
  if (way === "command") {
    client.send(Buffer.from(`USER ${user}\r\n`, "latin1"));
    const answer = await client.until(last);
    if (!answer.startsWith("+OK")) return answer;
    client.send(Buffer.from(`PASS ${secret}\r\n`, "latin1"));
    return client.until(last);
  }
  const [first = "", ...more] = messages(way, user, secret);
  client.send(`${protocol === "imap" ? "a AUTHENTICATE" : "AUTH"} ${way} ${first}\r\n`);
  for (const message of more) {
    const answer = await client.until(new RegExp(`^\\+ [^\\r\\n]*\\r\\n|${last.source}`, "m"));
    if (!answer.startsWith("+ ")) return answer;
    client.send(`${message}\r\n`);
  }
  return client.until(last);
}
