import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../../../route-api/contract/problems.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { accountOf, type RunningApi, runApi } from "./running-api.ts";

const PASSWORD = "correct horse {3} \\ ü";
const secret = (password: string): string => `userPassword:: ${Buffer.from(password).toString("base64")}`;
/** The directory's identifier of an entry, the same on each server. */
const identifier = (uid: string): string => `employeeNumber: ${accountOf(uid).uuid}`;
const people = [
  person("alice", [secret(PASSWORD), identifier("alice")]),
  person("nopass", [identifier("nopass")]),
  // Its DN was another's, whom the store still knows.
  person("heir", [secret(PASSWORD), "employeeNumber: 6c2fd1e5-53c1-4cf6-bcb7-0c0b3c4d9a01"]),
  person("mute", [secret(PASSWORD), identifier("mute")]),
].join("");

const entries = [
  accountOf("alice"),
  accountOf("nopass"),
  // In the store, and no longer in the directory.
  accountOf("ghost"),
  accountOf("heir"),
  accountOf("mute"),
  accountOf("named", { dn: `uid=mute,${BASE}`, uuid: `dn:uid=mute,${BASE}` }),
  accountOf("locked", { dn: `uid=alice,${BASE}`, disabled: "inetUserStatus: inactive" }),
  accountOf("one", { dn: `uid=alice,${BASE}`, logins: ["shared"] }),
  accountOf("two", { dn: `uid=alice,${BASE}`, logins: ["shared"] }),
];

/** Of one user nothing may be read, not even by the user. */
const ACCESS = [
  `access to dn.base="uid=mute,${BASE}" by anonymous auth by * none`,
  "access to attrs=userPassword by anonymous auth by * none",
  "access to * by * read",
];
const slapd = (): Promise<Slapd> => startSlapd(people, { database: ACCESS });

/** The directory as an API reaches it. */
const directoryAt = (...slapds: Slapd[]) => ({
  url: slapds.map(({ url }) => url),
  base: BASE,
  uuidAttribute: "employeeNumber",
});

async function ask(api: RunningApi, login: string, password: string): Promise<object | string> {
  const response = await api.post("/v1/pre-authentications", { login, password });
  const body = await response.json();
  return response.status === 200 ? (body as object) : `${response.status} ${Problem.parse(body).code}`;
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("pre-authentications on %s", (runtime) => {
  let first: Slapd;
  let second: Slapd;
  let api: RunningApi;
  beforeAll(async () => {
    [first, second] = await Promise.all([slapd(), slapd()]);
    api = await runApi(runtime, { entries, directory: directoryAt(first, second), logLevel: "debug" });
  });
  afterAll(async () => {
    await api.stop();
    await second.remove();
  });

  test("says whether it is the password, and of nothing else why not", async () => {
    const yes = { authenticated: true, account: "alice@example.com" };
    const no = { authenticated: false };
    expect(await ask(api, "alice", PASSWORD)).toEqual(yes);
    expect(await ask(api, "ALICE@example.com", PASSWORD)).toEqual(yes);
    expect(await ask(api, "alice", `${PASSWORD}x`)).toEqual(no);
    for (const name of ["nobody", "ghost", "nopass", "locked", "shared", "*"]) {
      expect(await ask(api, name, PASSWORD)).toEqual(no);
    }
    expect(await ask(api, "a\u0000b", PASSWORD)).toBe("400 bad-request");
    // Not a bind as nobody, which the directory would let through.
    expect(await ask(api, "alice", "")).toBe("400 bad-request");
    expect(await ask(api, "alice", PASSWORD)).toEqual(yes);
  });

  test("does not take the password of whoever has the DN by now for that of the entry", async () => {
    expect(await ask(api, "heir", PASSWORD)).toEqual({ authenticated: false });
  });

  test("cannot tell where the directory does not say whose entry it is; one without an identifier is its DN", async () => {
    expect(await ask(api, "mute", "x")).toEqual({ authenticated: false });
    expect(await ask(api, "mute", PASSWORD)).toBe("503 directory-unavailable");
    await api.child.line((line) => line.includes("the user cannot read its entry's identifier"));
    expect(await ask(api, "named", PASSWORD)).toMatchObject({ authenticated: true });
  });

  test("takes the entry's uuid in place of a name", async () => {
    const byUuid = async (uuid: string, password: string) =>
      (await api.post("/v1/pre-authentications", { uuid, password })).json();
    const { uuid } = accountOf("alice");
    expect(await byUuid(uuid, PASSWORD)).toEqual({ authenticated: true, account: "alice@example.com" });
    expect(await byUuid(uuid, "x")).toEqual({ authenticated: false });
    expect(await byUuid(accountOf("locked").uuid, PASSWORD)).toEqual({ authenticated: false });
    expect(await byUuid("nobody's", PASSWORD)).toEqual({ authenticated: false });
    const both = await api.post("/v1/pre-authentications", { uuid, login: "alice", password: PASSWORD });
    expect(both.status).toBe(400);
  });

  test("keeps the identities of many at once apart", async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        ask(api, n % 3 === 0 ? "ghost" : "alice", n % 2 ? PASSWORD : "x"),
      ),
    );
    for (const [n, answer] of answers.entries()) {
      expect(answer).toMatchObject({ authenticated: n % 3 !== 0 && n % 2 === 1 });
    }
  });

  test("goes to the next host when one is gone, and says so when none is left", async () => {
    await first.remove();
    expect(await ask(api, "alice", PASSWORD)).toMatchObject({ authenticated: true });
    expect(await ask(api, "alice", "x")).toEqual({ authenticated: false });
    await second.remove();
    const response = await api.post("/v1/pre-authentications", { login: "alice", password: PASSWORD });
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(Problem.parse(await response.json()).code).toBe("directory-unavailable");
    // An unknown name is no different, nor is a look-up any the worse.
    expect(await ask(api, "nobody", PASSWORD)).toBe("503 directory-unavailable");
    expect((await api.fetch("/v1/routes/alice")).status).toBe(200);
    second = await slapd();
  });

  test("never logs a password", async () => {
    await api.child.line((line) => line.includes("request failed"));
    expect(api.child.lines.join("\n")).not.toContain("correct horse");
  });
});

test("an API whose directory is a file says that it cannot", async () => {
  const api = await runApi("node", { entries });
  expect(await ask(api, "alice", PASSWORD)).toBe("503 directory-unavailable");
  await api.stop();
});
