import { type ScriptedStore, scriptedStore } from "./scripted-store.ts";

/** As Courier's authentication library: of SASL PLAIN's three parts the first, the authorisation id, is ignored. */
const GREETINGS = {
  imap: "* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE AUTH=PLAIN ACL ACL2=UNION] Courier-IMAP ready.",
  pop3: "+OK Hello there.",
};

export interface CourierStore extends ScriptedStore {
  /** Whose mailboxes were opened, in order. */
  opened: string[];
}

/** A store that behaves like Courier, for users with these passwords; after the login `x WHO` tells whose mailbox it is. */
export async function courierStore(
  protocol: "imap" | "pop3",
  passwords: Readonly<Record<string, string>>,
): Promise<CourierStore> {
  const opened: string[] = [];
  const store = await scriptedStore((socket) => {
    let buffer = "";
    /** Tag of an AUTHENTICATE whose message is still to come. */
    let asked: string | undefined;
    const send = (line: string): void => void socket.write(`${line}\r\n`);
    const judge = (tag: string, message: string): void => {
      const [, user = "", password] = Buffer.from(message, "base64").toString("utf8").split("\0");
      const right = password !== undefined && passwords[user] === password;
      if (right) opened.push(user);
      if (protocol === "imap") send(right ? `${tag} OK LOGIN Ok.` : `${tag} NO Login failed.`);
      else send(right ? "+OK logged in." : "-ERR Login failed.");
    };
    const line = (text: string): void => {
      if (asked !== undefined) {
        judge(asked, text);
        asked = undefined;
        return;
      }
      const [tag = "", command = "", mechanism = "", message] =
        protocol === "imap" ? text.split(" ") : ["", ...text.split(" ")];
      switch (command.toUpperCase()) {
        case "AUTHENTICATE":
        case "AUTH":
          if (mechanism !== "PLAIN") return send(protocol === "imap" ? `${tag} NO Login failed.` : "-ERR");
          if (message !== undefined) return judge(tag, message);
          asked = tag;
          return send("+ ");
        case "CAPA":
          return send("+OK Here's what I can do:\r\nSASL PLAIN LOGIN\r\nTOP\r\nUSER\r\nUIDL\r\n.");
        case "WHO":
          return send(`* ${opened.at(-1)}`);
        default:
          return send(protocol === "imap" ? `${tag} BAD Error in IMAP command received by server.` : "-ERR");
      }
    };
    socket.setEncoding("latin1");
    send(GREETINGS[protocol]);
    socket.on("data", (text: string) => {
      const lines = (buffer + text).split("\r\n");
      buffer = lines.pop() ?? "";
      for (const each of lines) line(each);
    });
    socket.on("end", () => socket.end());
  });
  return Object.assign(store, { opened });
}
