import type { Protocol } from "../../route-api/contract/protocols.ts";
import { decodeOctets, encodeOctets } from "../protocol/octets.ts";
import type { Listener, Transport } from "../transport/transport.ts";
import { ANSWERS, GREETINGS, isLogout } from "./dialogues.ts";

/** A store on a free port of 127.0.0.1 that lets everyone in, and has no mail. */
export const openMailStore = (transport: Transport, protocol: Protocol): Promise<Listener> =>
  transport.listen({
    address: "127.0.0.1",
    port: 0,
    tls: "none",
    certificates: [],
    alpn: protocol,
    feedsTls: false,
    accept(connection) {
      let text = "";
      connection.write(encodeOctets(GREETINGS[protocol]));
      return {
        data(bytes) {
          const lines = (text + decodeOctets(bytes)).split("\r\n");
          text = lines.pop() ?? "";
          for (const line of lines) {
            connection.write(encodeOctets(ANSWERS[protocol](line)));
            if (isLogout(line)) connection.end();
          }
        },
        secured() {},
        drained() {},
        ended: () => connection.end(),
        closed() {},
      };
    },
  });
