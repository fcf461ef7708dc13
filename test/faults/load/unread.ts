import { once } from "node:events";
import { connect } from "node:net";
import type { Door } from "../../twin/load/imap-client.ts";
import type { User } from "./load.ts";

/** Octets of the message that each asks for, over and over. */
const MESSAGE_OCTETS = 64 * 1024;
const FETCHES = 40;

/** Clients that ask for much and read nothing; what is given closes them. */
export async function openUnread(
  doors: readonly Door[],
  users: readonly User[],
  password: string,
  count: number,
): Promise<(() => void)[]> {
  const plain = doors.find(({ tls }) => !tls);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const socket = connect({ host: "127.0.0.1", port: plain?.port ?? 0 }).on("error", () => {});
      await once(socket, "connect");
      socket.pause();
      const text = "x".repeat(MESSAGE_OCTETS);
      const login = users[index % users.length]?.login;
      const fetches = Array.from({ length: FETCHES }, (_, at) => `f${at} FETCH 1 BODY.PEEK[]\r\n`).join("");
      socket.write(
        `a LOGIN ${login} "${password}"\r\nb SELECT INBOX\r\nc APPEND INBOX {${text.length}+}\r\n${text}\r\n${fetches}`,
      );
      return () => void socket.destroy();
    }),
  );
}
