import type { KeptLogin } from "../../route-api/contract/kept-logins.ts";

let logins = 0;

/** A login of alice's, from another session each time. */
export const keptLogin = (more: Partial<KeptLogin> = {}): KeptLogin => ({
  sid: `abcd0123-${++logins}`,
  edge: "host:1",
  instance: "main",
  protocol: "imap",
  account: "alice@example.com",
  login: "alice",
  client: "192.0.2.7:4711",
  network: "192.0.2.0/24",
  store: "store1.example.com",
  tls: "TLSv1.3",
  mechanism: "PLAIN",
  since: "2026-01-01T12:00:00.000Z",
  at: "2026-01-01T12:00:01.000Z",
  ...more,
});

/** One whose password was wrong. */
export const failedLogin = (more: Partial<KeptLogin> = {}): KeptLogin =>
  keptLogin({
    failure: {
      code: "store-refused",
      login: "alice",
      store: "store1.example.com",
      progress: "auth",
    },
    ...more,
  });
