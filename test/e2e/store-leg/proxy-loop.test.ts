import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { freePort } from "../../support/workspace.ts";

const CONNECTIONS = 4;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])(
  "a mailHost that is the edge itself, on %s",
  (runtime) => {
    let edge: AllInOne;
    let imap: number;

    beforeAll(async () => {
      imap = await freePort();
      edge = await allInOne(runtime, {
        users: { "alice@example.com": ["127.0.0.1"] },
        stores: { "*": { imap: { port: imap, tls: "none" }, allowClearText: true } },
        instance: { listeners: [{ protocol: "imap", port: imap }], limits: { connections: CONNECTIONS } },
      });
    });
    afterAll(() => edge?.stop());

    test("ends the login there, and takes no connection of others", async () => {
      const client = await lineClient(imap);
      client.send("a LOGIN alice@example.com secret\r\nb LOGOUT\r\n");
      expect(await client.until(/^b .*\r\n/m)).toMatch(/^a NO \[UNAVAILABLE\]/m);
      const { failures } = await edge.session(({ reason }) => reason === "logout");
      expect(failures).toMatchObject([{ code: "proxy-loop", store: "127.0.0.1" }]);
      const others = await Promise.all(Array.from({ length: CONNECTIONS - 1 }, () => lineClient(imap)));
      for (const other of others) {
        expect(await other.until(/\r\n/)).toMatch(/^\* OK/);
        other.socket.destroy();
      }
    });
  },
);
