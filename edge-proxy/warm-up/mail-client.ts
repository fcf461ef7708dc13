import { decodeOctets, encodeOctets } from "../protocol/octets.ts";
import type { ClientTls, Transport } from "../transport/transport.ts";
import type { Exchange } from "./dialogues.ts";

/** A port of 127.0.0.1; `tls` where it begins with TLS. */
export interface Door {
  port: number;
  tls?: ClientTls | undefined;
}

/** Has a session with a server. Rejects where the server ends it early, or refuses a command. */
export function haveSession(
  transport: Transport,
  { port, tls }: Door,
  exchanges: readonly Exchange[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = exchanges.values();
    let [, expected] = left.next().value ?? ["", /^/];
    let said = "";
    const options = { host: "127.0.0.1", port, tls, implicitTls: tls !== undefined };
    const connection = transport.connect(options, {
      connected() {},
      secured() {},
      data(bytes) {
        said += decodeOctets(bytes);
        if (!said.endsWith("\r\n")) return;
        if (REFUSAL.test(said)) return connection.destroy();
        if (!expected.test(said)) return;
        const next = left.next().value;
        if (next === undefined) return connection.end();
        const [command, answer] = next;
        expected = answer;
        said = "";
        connection.write(encodeOctets(command));
      },
      drained() {},
      ended: () => connection.end(),
      closed(error) {
        if (left.next().done === true && expected.test(said)) return resolve();
        reject(new Error(error?.detail ?? `the session ended early: ${said.trimEnd()}`));
      },
    });
  });
}

const REFUSAL = /^(?:\w+ (?:NO|BAD)|-ERR)\b/m;
