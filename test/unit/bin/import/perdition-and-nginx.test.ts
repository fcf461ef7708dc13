import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { importConfiguration } from "../../../../bin/import/import.ts";
import { readInput } from "../../../../bin/import/input.ts";
import { parseNginx } from "../../../../bin/import/nginx/tokens.ts";
import { readLdif } from "../../../../route-api/directory/ldif/reader.ts";
import { field, fileText, findings, importTexts } from "./support.ts";

const FIXTURES = fileURLToPath(new URL("../../../fixtures/import/", import.meta.url));

describe.each([
  ["perdition", "perdition"],
  ["nginx", "nginx"],
  ["nginx-includes", "nginx"],
  ["nginx-lua", "nginx"],
] as const)("the files in %s", (name, expected) => {
  test("become mmp.yaml and a report", async () => {
    const { kind, files } = readInput([FIXTURES + name], undefined);
    expect(kind).toBe(expected);
    const result = importConfiguration(kind, files);
    const local = (file: string): string => fileText(result, file).replaceAll(`${FIXTURES}${name}/`, "");
    await expect(local("mmp.yaml")).toMatchFileSnapshot(`${FIXTURES}${name}/expected.yaml.txt`);
    await expect(local("import-report.txt")).toMatchFileSnapshot(`${FIXTURES}${name}/expected-report.txt`);
  });
});

describe("a popmap", () => {
  test("becomes LDIF that the directory reads", async () => {
    const result = importTexts("perdition", {
      popmap: "alice: store1:143\n# a comment\njosé@example.com: Joe Ann@store2:pop3s\n",
    });
    const entries = [];
    for await (const entry of readLdif(textOf(fileText(result, "users.ldif")), new Set()))
      entries.push(entry);
    expect(entries).toEqual([
      {
        dn: "uid=alice,o=popmap",
        attributes: new Map([
          ["uid", ["alice"]],
          ["mailhost", ["store1-143"]],
        ]),
      },
      {
        dn: "mail=josé@example.com,o=popmap",
        attributes: new Map([
          ["mail", ["josé@example.com"]],
          ["mailstoreuser", ["Joe Ann"]],
          ["mailhost", ["store2-995"]],
        ]),
      },
    ]);
    expect(field(result, "stores")).toMatchObject({
      "store1-143": { address: "store1", imap: { port: 143, tls: "none" } },
      "store2-995": { address: "store2", pop3: { port: 995, tls: "implicit" } },
    });
  });

  test.each([
    ["alice", /^popmap:1: expected user:host/],
    ["\nalice: two words", /^popmap:2: "two words" is not a host/],
    ["alice: store:port", /^popmap:1: "port" is not a port/],
    ["a: s\nA: t", /^popmap:2: A is already in line 1/],
    ["bob.*: store1", /^popmap:1: .* is a regular expression/],
    ["bob$: store1", /^popmap:1: .* is a regular expression/],
    ["^[a-m].*: store1", /^popmap:1: .* is a regular expression/],
    ["# nobody\n", /^popmap:1: has no users/],
  ])("%j is refused with file and line", (text, message) => {
    expect(() => importTexts("perdition", { popmap: text })).toThrow(message);
  });
});

test("all faults of a popmap are listed at once", () => {
  const text = "alice: two words\nbob: store1\n^x: store1\nBOB: store2\n";
  expect(() => importTexts("perdition", { popmap: text })).toThrow(
    /^popmap:1: .*\npopmap:3: .*\npopmap:4: .*$/,
  );
});

async function* textOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

test.each(["bob+lists", "o'hara$1", "a?b"])("a popmap's user may be %s", (user) => {
  const result = importTexts("perdition", { popmap: `john:store1\n${user}:store1.example.com\n` });
  expect(fileText(result, "users.ldif")).toContain(`uid: ${user}\n`);
});

test("a file that is included is not imported twice if it is given as well", () => {
  const paths = ["nginx.conf", "mail.conf", "mail.d/10-imap.conf"].map(
    (name) => `${FIXTURES}nginx-includes/${name}`,
  );
  const instances = (given: string[]) =>
    importConfiguration("nginx", readInput(given, "nginx").files).draft.configuration.instances;
  expect(instances(paths)).toEqual(instances(paths.slice(0, 1)));
});

test("a file that includes itself is refused with its line", () => {
  const folder = mkdtempSync(join(tmpdir(), "mmp-import-nginx-"));
  writeFileSync(join(folder, "a.conf"), "\ninclude a.conf;\n");
  const text = "mail {\n include a.conf; }";
  expect(() => importTexts("nginx", { [join(folder, "nginx.conf")]: text })).toThrow(
    /a\.conf:2: .*a\.conf includes itself/,
  );
});

describe("a block that is not read", () => {
  const MAIL = "mail { server { listen 143; } }";
  test.each([
    ["quotes in comments", "http { # don't\n }"],
    ["a brace in a quote", "http { log_format a '{' \"}\"; }"],
    ["Lua", "http { server { access_by_lua_block { if x then y = '}' end -- {\n } } }"],
    ["an apostrophe in what is not Lua by its name", "http { x_block { it's '; } }"],
    ["no end", "stream { server { listen 1;\n"],
  ])("may contain %s", (_what, text) => {
    const result = importTexts("nginx", { "nginx.conf": `${text}\n${MAIL}\n` });
    expect(field(result, "instances.main.listeners")).toEqual([{ protocol: "imap", port: 143, tls: "none" }]);
  });
});

describe("listen for both families", () => {
  const listeners = (...listens: string[]) =>
    field(
      importTexts("nginx", {
        "nginx.conf": `mail { server { protocol imap; ${listens.map((to) => `listen ${to};`).join(" ")} } }`,
      }),
      "instances.main.listeners",
    );
  const imap = (port: number, address?: string) => ({
    protocol: "imap",
    ...(address === undefined ? {} : { address }),
    port,
    tls: "none",
  });
  test.each([
    [["143", "[::]:143"], [imap(143, "::")]],
    [["[::]:143", "*:143"], [imap(143, "::")]],
    [
      ["0.0.0.0:143", "[::]:143 ipv6only=on", "144"],
      [imap(143, "::"), imap(144)],
    ],
    [
      ["10.0.0.1:143", "[fd00::1]:143"],
      [imap(143, "10.0.0.1"), imap(143, "fd00::1")],
    ],
  ])("%j", (given, expected) => expect(listeners(...given)).toEqual(expected));

  test("must be the same", () => {
    expect(() => listeners("143", "[::]:143 proxy_protocol")).toThrow(
      /^nginx.conf:1: port 143 must have the same/,
    );
  });
});

describe("nginx's syntax", () => {
  const shape = (text: string) => {
    const bare = (list: ReturnType<typeof parseNginx>): unknown[] =>
      list.map(({ name, args, block }) =>
        block === undefined ? [name, ...args] : [name, ...args, bare(block)],
      );
    return bare(parseNginx({ path: "nginx.conf", text }));
  };
  test.each([
    ["a b c;d;", [["a", "b", "c"], ["d"]]],
    [
      "a { b 1; c { } }",
      [
        [
          "a",
          [
            ["b", "1"],
            ["c", []],
          ],
        ],
      ],
    ],
    ["a \"x ; {y} # z\" 'it\\'s'; # end", [["a", "x ; {y} # z", "it's"]]],
    ["a \u0024{host}x\\;y;", [["a", "\u0024{host}x;y"]]],
    ["a b#c;", [["a", "b#c"]]],
    ["# nothing\n", []],
  ])("%j", (text, expected) => expect(shape(text)).toEqual(expected));

  test.each([
    ["a\nb", /^nginx.conf:1: a does not end with ;/],
    ["\nmail {\n a;", /^nginx.conf:2: this block is never closed/],
    ["a;\n}", /^nginx.conf:2: } without a block/],
    ["\n\na 'b;", /^nginx.conf:3: a quote is never closed/],
    ["mail {\n server { listen unix:/x; protocol imap; } }", /^nginx.conf:2: listen unix:/],
    ["mail {\n server { listen 1; protocol ftp; } }", /^nginx.conf:2: protocol must be/],
    ["mail {\n server { listen 1; } }", /^nginx.conf:2: the server has no protocol/],
    ["mail { server {\n listen 993 ssl; } }", /^nginx.conf:2: the server has TLS but no ssl_certificate/],
    [
      "mail { server { listen 143;\n max_errors x; } }",
      /^nginx.conf:2: cannot be carried over: .*badCommands/,
    ],
    ["http { }", /^nginx.conf:1: has no mail block/],
    ["mail { server { listen 25; } }", /^nginx.conf:1: has no IMAP or POP3 server/],
  ])("%j is refused with file and line", (text, message) => {
    expect(() => importTexts("nginx", { "nginx.conf": text })).toThrow(message);
  });
});

test("says that nginx took PROXY headers from everybody, and which included file is missing", () => {
  const result = importTexts("nginx", {
    "nginx.conf": "mail { include extra.conf; server { listen *:143 proxy_protocol; } }",
  });
  expect(result.draft.todos.join("\n")).toMatch(/trustedProxies of instances.main/);
  expect(result.draft.todos.join("\n")).toMatch(/copy .*\/extra\.conf to this machine/);
  expect(findings(result, "include")).toMatchObject([{ fate: "changed" }]);
  expect(field(result, "instances.main.listeners")).toMatchObject([{ port: 143, proxyProtocol: "any" }]);
});

test("nginx's CAs of clients are carried over; that a certificate is demanded is not", () => {
  const result = importTexts("nginx", {
    "nginx.conf": `mail { auth_http localhost; server {
  listen 993 ssl; protocol imap; ssl_certificate /a.crt; ssl_certificate_key /a.key;
  ssl_client_certificate /ca.pem; ssl_crl /list.pem; ssl_verify_client on; } }`,
  });
  const [instance] = Object.values(field(result, "instances") as Record<string, { tls: object }>);
  expect(instance?.tls).toMatchObject({ clientCaFile: "/ca.pem", clientCrlFile: "/list.pem" });
  expect(findings(result, "ssl_client_certificate")).toMatchObject([{ fate: "carried" }]);
  expect(findings(result, "ssl_verify_client")).toMatchObject([{ fate: "changed" }]);
});
