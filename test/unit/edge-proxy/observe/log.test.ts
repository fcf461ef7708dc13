import pino from "pino";
import { expect, test } from "vitest";
import { logAdministratorLogin, logLogin } from "../../../../edge-proxy/observe/log.ts";
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

test("a login has a line with the duration of its steps, and with what the mail program is", () => {
  const lines: string[] = [];
  const record = newRecord("main", "imap", ADDRESSES);
  record.login = "bob@a.example";
  record.account = "b17@a.example";
  record.store = "store1";
  record.mechanism = "PLAIN";
  record.tls = "TLSv1.3";
  const times = { routeMs: 0.04, connectMs: 1.26, tlsMs: undefined, authMs: 12, loginMs: 13.34 };
  const id = new Map([
    ["name", "M\u00c3\u00bcller\r\n"],
    ["version", "x".repeat(1024)],
    ["os", undefined],
    ["environment", "secret"],
  ]);
  logLogin(pino({ base: null }, { write: (line: string) => void lines.push(line) }), record, times, id);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    level: 30,
    time: expect.any(Number),
    sid: record.sid,
    instance: "main",
    protocol: "imap",
    account: "b17@a.example",
    login: "bob@a.example",
    client: "192.0.2.7:1",
    clientId: { name: "M\u00fcller\r\n", version: "x".repeat(100) },
    store: "store1",
    mechanism: "PLAIN",
    tls: "TLSv1.3",
    routeMs: 0,
    connectMs: 1.3,
    authMs: 12,
    loginMs: 13.3,
    msg: "login",
  });
});
