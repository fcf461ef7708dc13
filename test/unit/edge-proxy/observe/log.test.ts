import pino from "pino";
import { expect, test } from "vitest";
import { logAdministratorLogin } from "../../../../edge-proxy/observe/log.ts";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";

const ADDRESSES = { remoteAddress: "192.0.2.7", remotePort: 1, localAddress: "10.0.0.1", localPort: 143 };

test.each([
  ["granted", 30, "administrator logged in for a user"],
  ["refused", 40, "administrator not logged in for a user"],
] as const)(
  "an administrator's login that is %s has an audit line of its own kind",
  (outcome, level, msg) => {
    const lines: string[] = [];
    const record = newRecord("main", "imap", ADDRESSES);
    record.login = "migrator";
    record.authorizationId = "bob@a.example";
    record.account = "b17@a.example";
    record.store = "store1";
    logAdministratorLogin(
      pino({ base: null }, { write: (line: string) => void lines.push(line) }),
      record,
      outcome,
    );
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level,
        time: expect.any(Number),
        audit: "administrator-login",
        outcome,
        sid: record.sid,
        instance: "main",
        protocol: "imap",
        administrator: "migrator",
        authorizationId: "bob@a.example",
        account: "b17@a.example",
        client: "192.0.2.7:1",
        store: "store1",
        msg,
      },
    ]);
  },
);
