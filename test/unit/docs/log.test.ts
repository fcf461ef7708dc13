import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { logLineFault } from "../../../bin/run/log-lines.ts";
import type { EndReason, LoginFailureCode } from "../../../edge-proxy/observe/session-record.ts";
import { logSchema } from "../../docs/log-schema.ts";

const CODES: Record<LoginFailureCode, true> = {
  empty: true,
  "not-utf8": true,
  "control-character": true,
  "too-long": true,
  dots: true,
  "bad-password-octets": true,
  "empty-password": true,
  "foreign-authorization-id": true,
  "proxy-loop": true,
  "no-store-admin": true,
  "proxy-header": true,
  "access-denied": true,
  "service-denied": true,
  "no-certificate": true,
  "certificate-other-user": true,
  "certificate-unmapped": true,
  "certificate-ambiguous": true,
  "certificate-differs": true,
  "certificate-not-searchable": true,
  "certificate-unreadable": true,
  "certificate-untrusted": true,
  "certificate-expired": true,
  "certificate-not-yet-valid": true,
  "certificate-wrong-purpose": true,
  "certificate-revoked": true,
  "certificate-crl-expired": true,
  "certificate-crl-missing": true,
  "certificate-path-too-long": true,
  "certificate-weak-key": true,
  "unknown-user": true,
  "ambiguous-user": true,
  "account-disabled": true,
  "pre-auth-refused": true,
  "pre-auth-unavailable": true,
  "pre-auth-needs-password": true,
  "not-pre-authenticated": true,
  "no-replay-name": true,
  "store-name-not-own": true,
  "exchange-other-name": true,
  "store-ignores-authorization-id": true,
  "store-admin-unproved": true,
  "route-unavailable": true,
  "login-rate": true,
  "account-held": true,
  "store-held": true,
  "held-limit": true,
  kicked: true,
  "user-limit": true,
  "store-attempts": true,
  "store-sessions": true,
  "store-skipped": true,
  "no-store-entry": true,
  "store-connect": true,
  "store-tls": true,
  "store-timeout": true,
  "store-closed": true,
  "store-refused": true,
  "store-moved": true,
  "store-no-capa": true,
  "store-not-ready": true,
  "store-protocol": true,
  "store-unsupported": true,
};

const REASONS: Record<EndReason, true> = {
  logout: true,
  "bad-commands": true,
  "failed-logins": true,
  "line-too-long": true,
  "literal-too-large": true,
  "sent-too-much": true,
  "login-timeout": true,
  "client-limit": true,
  "instance-limit": true,
  draining: true,
  "client-closed": true,
  "store-closed": true,
  "client-lost": true,
  "store-lost": true,
  "tls-failed": true,
  "proxy-header": true,
  "access-denied": true,
  "idle-timeout": true,
  "relay-memory": true,
  kicked: true,
  stopped: true,
};

const page = readFileSync(new URL("../../../docs/log.md", import.meta.url), "utf8");

/** What stands in backticks in the first column of the table below a heading. */
function namesBelow(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const cells = rows.slice(1).map((row) => row.split(" | ")[0] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

test("the page on the log has every reason for a failed login, once", () => {
  expect(namesBelow("Why a login failed").sort()).toEqual(Object.keys(CODES).sort());
});

test("the page on the log has every end of a session, once", () => {
  expect(namesBelow("How a session ended").sort()).toEqual(Object.keys(REASONS).sort());
});

test("docs/log.schema.json is what the code says; `npm run docs` writes it anew", () => {
  const file = new URL("../../../docs/log.schema.json", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(logSchema());
});

test("the lines that docs/log.md shows are as the schema says", () => {
  const page = readFileSync(new URL("../../../docs/log.md", import.meta.url), "utf8");
  const lines = [...page.matchAll(/^(\{"level":.*\})$/gm)].map(([, line = ""]) => line);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(logLineFault(line)).toBeUndefined();
});

const SESSION = {
  ...{ level: 30, time: 1, pid: 1, msg: "session", sid: "a-1", instance: "main", protocol: "imap" },
  ...{ client: "192.0.2.7:1", bytesFromClient: 0, bytesFromStore: 0, durationMs: 1, reason: "logout" },
};

test.each<[string, object]>([
  ["a field that nobody has described", { ...SESSION, password: "x" }],
  ["a field that is missing", { ...SESSION, reason: undefined }],
  ["a field of another type", { ...SESSION, durationMs: "1" }],
  ["no process", { ...SESSION, pid: undefined }],
  ["another level", { ...SESSION, level: 31 }],
  ["another line with an unknown field", { level: 30, time: 1, pid: 1, msg: "stopped", secret: "x" }],
  ["another line with a field of another type", { level: 30, time: 1, pid: 1, msg: "stopped", port: "x" }],
])("a line with %s is not", (_, line) => {
  expect(logLineFault(JSON.stringify(SESSION))).toBeUndefined();
  expect(logLineFault(JSON.stringify(line))).toBeDefined();
});
