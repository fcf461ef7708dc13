import { describe, expect, test } from "vitest";
import type { StoreCredentials } from "../../../../edge-proxy/protocol/dialogue.ts";
import { SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { type Meaning, REFUSALS } from "../../../../edge-proxy/protocol/refusal-codes.ts";
import { KNOWN_TEXTS, knownText } from "../../../../edge-proxy/protocol/refusal-texts.ts";
import { meaningOf, refused, serviceMeaning } from "../../../../edge-proxy/protocol/refusals.ts";

test.each(
  KNOWN_TEXTS.flatMap(({ means, examples }) => examples.map(([server, text]) => [server, text, means])),
)("%s: %s means %s", (_server, text, means) => {
  expect(knownText(text)).toBe(means);
});

describe("what servers say", () => {
  test.each<["imap" | "pop3", string, Meaning | undefined]>([
    ["imap", "LOGIN failed.", "wrong-credentials"],
    ["imap", "Login failed: authorization failure", "not-authorized"],
    ["imap", "authorization failure", "not-authorized"],
    ["pop3", "[AUTH] authenticating: authorization failure", "not-authorized"],
    ["pop3", "authorization failed", "wrong-credentials"],
    ["imap", "[AUTHENTICATIONFAILED] Authentication failed.", "wrong-credentials"],
    ["imap", "[AUTHENTICATIONFAILED] Temporary authentication failure.", "wrong-credentials"],
    ["imap", "[authenticationfailed]", "wrong-credentials"],
    ["imap", "[UNAVAILABLE] Maximum number of connections from user+IP exceeded", "unavailable"],
    ["imap", "[LIMIT] LOGIN Rate limit hit.", "limit"],
    ["imap", "[SERVERBUG] LOGIN Server error - Please try again later", "unavailable"],
    ["imap", "[ALERT] Application-specific password required: https://support.google.com/", "not-permitted"],
    ["imap", "[ALERT] Web login required: https://support.google.com/ (Failure)", "not-permitted"],
    [
      "imap",
      "[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings",
      "not-permitted",
    ],
    ["imap", "[ALERT] Account exceeded command or bandwidth limits. (Failure)", "limit"],
    ["imap", "[ALERT] Lookup failed 17 (Failure)", "unavailable"],
    ["imap", "[ALERT] Unsupported authentication mechanism.", "method-refused"],
    ["imap", "[ALERT] Rufen Sie uns an", "unclear"],
    ["imap", "[WEBALERT https://example.com/login] Web login required.", "not-permitted"],
    ["imap", "[X-UNKNOWN] Login failed", "wrong-credentials"],
    ["imap", "[REFERRAL IMAP://MATTHEW;AUTH=*@SERVER2/] Specified user is invalid on this server.", "moved"],
    ["imap", "[CANNOT] LOGIN is disabled", "method-refused"],
    ["imap", "Authenticate only available under a layer", "tls-required"],
    ["imap", "Request is throttled. Suggested Backoff Time: 10000 milliseconds", "limit"],
    ["imap", "User is authenticated but not connected.", "unavailable"],
    ["imap", "Bad command before login", "method-refused"],
    ["imap", "IMAP access is disabled for your domain", "not-permitted"],
    ["imap", "Quota exceeded", "over-quota"],
    ["imap", "Mailbox is full", "over-quota"],
    ["imap", "account IMAP access disabled", "not-permitted"],
    ["imap", "LOGIN FAILED, service disabled for this account", "not-permitted"],
    ["imap", "Your account has expired", "contact-admin"],
    ["imap", "Password has expired and must be changed", "expired"],
    ["imap", "Account locked due to too many failed logins", "limit"],
    ["imap", "Too many invalid logon attempts.", "wrong-credentials"],
    ["imap", "LOGIN invalid credentials or IMAP is disabled", "wrong-credentials"],
    ["imap", "The password is incorrect, or the account is locked", "wrong-credentials"],
    ["imap", "Login failed, please wait 5 seconds", "wrong-credentials"],
    ["imap", "Command received in Invalid state.", "method-refused"],
    ["imap", "Command Argument Error. 12", "method-refused"],
    ["imap", "[ALERT] Unsecured login disabled", "tls-required"],
    ["imap", "Login is disabled", "method-refused"],
    ["imap", "Too many arguments", "method-refused"],
    ["imap", "Connection is closed. 13", "unavailable"],
    ["imap", "[ALERT] Message store is currently unavailable", "unavailable"],
    ["imap", "[ALERT] Fatal error: No such file or directory", "unavailable"],
    ["imap", "Login failed: remote authentication server unavailable", "unavailable"],
    ["imap", "Authentication server not responding", "unavailable"],
    ["imap", "Cannot connect to the LDAP server", "unavailable"],
    ["imap", "the account is already being accessed", "in-use"],
    ["imap", "", undefined],
    ["imap", "no", undefined],
    ["pop3", "[AUTH] Authentication failed.", "wrong-credentials"],
    [
      "pop3",
      "[AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
      "tls-required",
    ],
    ["pop3", "[AUTH] Invalid login", "wrong-credentials"],
    ["pop3", "[AUTH/EXPIRED] no", "wrong-credentials"],
    ["pop3", "[SYS/TEMP] Temporary authentication failure. [mail:2026-01-01]", "unavailable"],
    ["pop3", "[SYS/PERM] Unable to open maildrop: Mailbox does not exist", "contact-admin"],
    ["pop3", "[SYS/OTHER] x", "unavailable"],
    ["pop3", "[IN-USE] Do you have another POP session running?", "in-use"],
    ["pop3", "[LOGIN-DELAY] Logins must be at least 1 minute apart", "login-delay"],
    ["pop3", "[REFERRAL/alice@store2.example.com:1110] Referral", "moved"],
    ["pop3", "maildrop already locked", "in-use"],
    ["pop3", "Unable to lock maildrop", "in-use"],
    ["pop3", "Your mailbox is already locked", "in-use"],
    ["pop3", "Mailbox is locked by another POP3 session.", "in-use"],
    ["pop3", "Login failed.", "wrong-credentials"],
    ["pop3", "authorization failed", "wrong-credentials"],
    ["pop3", 'Password supplied for "alice" is incorrect.', "wrong-credentials"],
    ["pop3", "Sorry, no mailbox for alice here", "wrong-credentials"],
    ["pop3", "Server Unavailable. 21", "unavailable"],
    ["pop3", "Service temporarily unavailable", "unavailable"],
    ["pop3", "Too many open connections (3 of 2 from client.example.com)", "limit"],
    ["pop3", "Unknown command", "method-refused"],
    ["pop3", "AUTH not implemented", "method-refused"],
    ["pop3", "The number of concurrent connections has exceeded a limit for this user.", "limit"],
    ["pop3", "Please wait 5 minutes between logins", "login-delay"],
    ["pop3", "USER/PASS disabled, use APOP", "method-refused"],
    ["pop3", "Protocol error. 14", "method-refused"],
    ["pop3", "Unable to get mailbox lock", "in-use"],
    ["pop3", "Locked by another process", "in-use"],
    ["pop3", "could not open mailbox", "unavailable"],
    ["pop3", "server overload, retry in 5 minutes", "unavailable"],
    ["pop3", "access denied", undefined],
  ])("%s: %j means %s", (protocol, said, meaning) => {
    expect(meaningOf(protocol, said)).toBe(meaning);
  });

  test.each<[string, Meaning]>([
    ["Too many connections from 192.0.2.1", "limit"],
    ["[ALERT] Fatal error: Maximum connection limit reached for ::1", "limit"],
    ["[ALERT] Bonjour", "unavailable"],
    ["Authentication failed", "unavailable"],
    ["", "unavailable"],
  ])("%j, said to everybody, means %s", (said, meaning) => {
    expect(serviceMeaning("imap", said)).toBe(meaning);
  });
});

describe("the store administrator", () => {
  const admin: StoreCredentials = {
    kind: "password",
    user: "mmpstore",
    password: new SecretOctets("secret"),
    authorizationId: "alice",
  };
  test.each(Object.keys(REFUSALS) as Meaning[])("%s says nothing of the client's credentials", (meaning) => {
    const { failure, alerts, detail } = refused(meaning, "NO secret", admin, ["NO [ALERT] x"]);
    expect(["credentials", "not-authorized", "expired"]).not.toContain(failure);
    expect([alerts, detail]).toEqual([[], "[a line that repeats the secret]"]);
  });
});

test("only the beginning of a text is looked at, so that no store can make it take long", () => {
  expect(knownText(`${"x ".repeat(100)}too many connections`)).toBe("limit");
  expect(knownText(`${"x ".repeat(200)}too many connections`)).toBeUndefined();
});
