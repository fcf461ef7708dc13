import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Longest that a login may take on a busy machine, in milliseconds. */
const LOGIN_MS = 30_000;

/**
 * Opens a connection and logs in; true where the user was let in. The socket stays open. Give `from`, an address of this
 * host, to few: the kernel then picks the port before it knows the destination, and must avoid every port that is in use
 * or in TIME_WAIT.
 */
export function logIn(port: number, user: string, from?: string): Promise<{ socket: Socket; ok: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: "127.0.0.1",
      ...(from === undefined ? {} : { localAddress: from }),
    });
    const late = setTimeout(() => socket.destroy(new Error("no answer")), LOGIN_MS);
    let text = "";
    let asked = false;
    socket.setEncoding("latin1").on("data", (more: string) => {
      text += more;
      if (!asked && text.startsWith("* OK")) {
        asked = true;
        socket.write(`a LOGIN ${user} pw\r\n`);
      }
      const answer = /^a (OK|NO)/m.exec(text);
      if (answer === null) return;
      clearTimeout(late);
      text = "";
      socket.removeAllListeners("data").resume();
      resolve({ socket, ok: answer[1] === "OK" });
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(late);
      reject(new Error("closed"));
    });
  });
}

/**
 * Runs `doing` so many times a second for some seconds, whether or not those before are done. Resolves with the number of
 * failures by message.
 */
export async function atRate(
  perSecond: number,
  seconds: number,
  doing: (number: number) => Promise<unknown>,
): Promise<ReadonlyMap<string, number>> {
  const startedMs = performance.now();
  const open = new Set<Promise<unknown>>();
  const failed = new Map<string, number>();
  for (let number = 0; number < perSecond * seconds; number++) {
    const waitMs = startedMs + (number / perSecond) * 1000 - performance.now();
    if (waitMs > 0) await pause(waitMs);
    const one = doing(number)
      .catch(({ message }: Error) => failed.set(message, (failed.get(message) ?? 0) + 1))
      .finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
  return failed;
}
