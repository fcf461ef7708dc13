import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { heardInAll, lineClient } from "../../support/clients/line-client.ts";
import { logIn } from "../../support/clients/logins.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type RecordingStore, RIGHT, recordingStore } from "../../support/stores/recording-store.ts";

/** Two users of one uid, told apart by their domain; a third whose services are few. */
const LDIF = [
  ["ann.one", "ann", "one.example", "dept: sales", "mailHost: store"],
  ["ann.two", "ann", "two.example", "mailHost: store"],
  ["star", "a*n", "one.example", "mailHost: store"],
  ["bob", "bob", "one.example", "mailHost: store", "mailAllowedServiceAccess: +imaps:ALL$+pop3:ALL"],
  ["odd", "odd", "one.example", "mailHost: store", "mailAllowedServiceAccess: allow imap"],
  ["off", "off", "one.example", "mailHost: store", "inetUserStatus: inactive"],
].map(
  ([cn, uid, domain, ...more]) =>
    `dn: cn=${cn},dc=example\ncn: ${cn}\nuid: ${uid}\nassociatedDomain: ${domain}\nmail: ${cn}@example.com\n${more.join("\n")}\n`,
);

const VDMAP = `vdmap own 127.0.0.2
own:DefaultDomain two.example
own:SearchFormat (|(mail=%o@example.com)(&(uid=%U)(associatedDomain=%V)))
own:ReplayFormat %U at %V

vdmap plain 127.0.0.3
plain:SearchFormat (login=%s)
plain:ReplayFormat %A[dept]-%s
plain:DomainDelim +@
`;

let imapStore: RecordingStore;
let pop3Store: RecordingStore;
beforeAll(async () => {
  imapStore = await recordingStore("store", "imap");
  pop3Store = await recordingStore("store", "pop3");
});
afterAll(() => Promise.all([imapStore?.close(), pop3Store?.close()]));

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("SearchFormat and ReplayFormat on %s", (runtime) => {
  let edge: AllInOne;
  let imap: number;
  let pop3: number;

  beforeAll(async () => {
    edge = await allInOne(runtime, {
      users: {},
      directory: {
        ldif: "people.ldif",
        maxRemovedShare: 1,
        searchAttributes: ["uid", "associatedDomain", "dept", "mail"],
      },
      files: { "people.ldif": LDIF.join("\n"), vdmap: VDMAP },
      stores: {
        store: {
          // Nothing listens at the first.
          address: ["127.0.0.77", "127.0.0.1"],
          imap: { port: imapStore.port, tls: "none" },
          pop3: { port: pop3Store.port, tls: "none" },
        },
      },
      instance: {
        defaultDomain: "one.example",
        searchFormat: "(&(uid=%U)(associatedDomain=%V))",
        replayFormat: "%U",
        virtualDomainFile: "vdmap",
        access: ["+ALL:127.0.0.0/8 EXCEPT 127.0.0.9", "-imap:127.0.0.9"],
        routeCache: { freshSeconds: 60 },
        listeners: [
          { protocol: "imap", address: "0.0.0.0" },
          { protocol: "pop3", address: "0.0.0.0" },
        ],
      },
    });
    [imap = 0, pop3 = 0] = edge.ports;
  });
  afterAll(() => edge?.stop());

  /** Whose session it is, or the refusal. */
  const who = async (user: string, address = "127.0.0.1"): Promise<string> => {
    const client = await lineClient(imap, address);
    await client.until(/^\* OK.*\r\n/);
    const answer = await logIn(client, "imap", "PLAIN", user, RIGHT);
    if (!/^a OK/m.test(answer)) {
      client.socket.destroy();
      return answer;
    }
    client.send("x WHO\r\n");
    const line = await client.until(/\* .* at store\r\n/);
    client.socket.destroy();
    return line.replace(/^\* (.*) at store\r\n$/s, "$1");
  };
  const failure = async (login: string) =>
    (await edge.session((line) => JSON.stringify(line.failures ?? "").includes(`"login":"${login}"`)))
      .failures as object[];

  test.each([
    ["ann", "127.0.0.1", "ann", "ann.one"],
    ["ann@two.example", "127.0.0.1", "ann", "ann.two"],
    ["Ann", "127.0.0.2", "Ann at two.example", "ann.two"],
    ["ann.one", "127.0.0.2", "ann.one at two.example", "ann.one"],
    ["ann.one+example.com", "127.0.0.3", "sales-ann.one@example.com", "ann.one"],
  ])("%s at %s is %s at the store, of the entry %s", async (user, address, name, entry) => {
    // Twice: the second comes from the cache.
    expect(await who(user, address)).toBe(name);
    expect(await who(user, address)).toBe(name);
    expect(await edge.session(({ account }) => account === `${entry}@example.com`)).toMatchObject({
      store: "store",
      failures: [{ code: "store-connect", store: "store" }],
    });
  });

  test.each([["*"], ["a*n)(uid=*"], ["ann)(associatedDomain=*"], ["(uid=ann)"]])(
    "%j is compared, never read as a filter",
    async (user) => {
      expect(await who(user)).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/);
      expect(await failure(`${user.toLowerCase()}@one.example`)).toMatchObject([{ code: "unknown-user" }]);
    },
  );

  test("a value with a filter's signs finds who has it", async () => {
    expect(await who("a*n")).toBe("a*n");
  });

  test("an entry without an attribute of ReplayFormat cannot log in, and the log says which it lacks", async () => {
    expect(await who("ann.two+example.com", "127.0.0.3")).toMatch(/^a NO \[UNAVAILABLE\]/);
    expect(await failure("ann.two@example.com")).toMatchObject([
      { code: "no-replay-name", detail: "%A[dept]-%s: the entry has no dept" },
    ]);
  });

  test("refuses at the edge whom status or services shut out, in the words of a wrong password", async () => {
    const lines = imapStore.lines.length;
    const wrong = await who("nobody");
    const cases = [
      ["off", "account-disabled", "inetUserStatus: inactive"],
      ["bob", "service-denied", "no rule allows imap from 127.0.0.1"],
      ["odd", "service-denied", 'the rule "allow imap" cannot be read: a rule must begin with + or -'],
    ] as const;
    for (const [user, code, detail] of cases) {
      expect(await who(user)).toBe(wrong);
      expect(await failure(`${user}@one.example`)).toMatchObject([{ code, detail }]);
    }
    expect(imapStore.lines.length).toBe(lines);
    const client = await lineClient(pop3);
    await client.until(/^\+OK.*\r\n/);
    expect(await logIn(client, "pop3", "command", "bob", RIGHT)).toMatch(/^\+OK/);
    client.socket.destroy();
  });

  test("refuses a client's address before the greeting", async () => {
    expect(await heardInAll(imap, "127.0.0.1", "127.0.0.9")).toBe("");
    expect(await edge.session((line) => line.reason === "access-denied")).toMatchObject({
      client: expect.stringMatching(/^127\.0\.0\.9:/),
      failures: [{ code: "access-denied", detail: 'the rule "-imap:127.0.0.9" denies imap from 127.0.0.9' }],
    });
  });
});
