import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { routePath } from "../../route-api/contract/routes.ts";
import { run } from "../support/child.ts";
import { clockObstacle, type FakeClock, fakeClock } from "../support/fake-clock.ts";
import { killTree } from "../support/process-tree.ts";
import { BASE, person, type Slapd, startSlapd } from "../support/slapd.ts";
import { type Dovecot, startDovecot } from "../support/stores/dovecot.ts";
import { freePort, makeCertificate, makeFolder } from "../support/workspace.ts";
import type { Form } from "./form.ts";
import { type Link, openLink } from "./link.ts";
import type { StoreName } from "./load/events.ts";
import type { User } from "./load/load.ts";
import { type Part, startPart } from "./part.ts";
import type { MailProxy, Surroundings } from "./proxies/proxy.ts";
import type { Peer } from "./scenarios.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

export const PASSWORD = "secret";
const VISITORS = 20;
const DISK_MEBIBYTES = 64;

/** Users of the site, by what they do. */
export interface Users {
  stayers: User[];
  visitors: User[];
  strangers: User[];
  /** Their store changes; nobody logs in. */
  movers: User[];
}

/** Directory, sync, table, route API, two stores and what stands before them, with a link where each asks the next. */
export interface Site {
  slapd: Slapd;
  sync: Part;
  table: Part;
  api: Part;
  stores: Record<StoreName, Dovecot>;
  proxy: MailProxy;
  /** From the proxy to the API and the stores, from API and sync to the table, from the sync to the directory. */
  links: Record<StoreName | "api" | "table" | "directory", Link>;
  proxyLog: string;
  /** Of edge, route API and sync, where the table is SQLite; real elsewhere, whatever is set. */
  clock: FakeClock;
  /** Where the proxy's log is, and the SQLite file where that is the table. */
  disk: SmallDisk;
  users: Users;
  /** The store that the API names for a user now. */
  storeOf(login: string): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** What is under test. */
export interface Subject {
  name: "mmp" | Peer;
  proxy(surroundings: Surroundings): Promise<MailProxy>;
  /** What it asks where users are, in place of the route API: the arguments of Node; its port and those of the stores follow. */
  oracle?: string;
}

export type Table = "dynalite" | "sqlite";

/** Room for all sessions, which Dovecot has one process each for. */
const ROOM = `
default_client_limit = 20000
service imap {
  process_limit = 8000
}
service imap-login {
  service_count = 0
  process_limit = 16
}
passdb {
  driver = static
  args = password=${PASSWORD}
}
`;

const user =
  (letter: string) =>
  (_: unknown, index: number): User => ({
    login: `${letter}${index}@example.com`,
    store: index % 2 === 0 ? "store1" : "store2",
  });

export function usersOf({ sessions, strangers, movers }: Form): Users {
  const many = (letter: string, length: number): User[] => Array.from({ length }, user(letter));
  return {
    stayers: many("s", sessions),
    visitors: many("v", VISITORS),
    strangers: many("n", strangers),
    movers: many("m", movers),
  };
}

export async function startSite(form: Form, table: Table, subject: Subject): Promise<Site> {
  const folder = makeFolder("faults");
  const disk = mountSmallDisk(join(folder.path, "disk"), DISK_MEBIBYTES);
  const { certFile, keyFile } = await makeCertificate(folder.path);
  const users = usersOf(form);
  const all = [...users.stayers, ...users.visitors, ...users.strangers, ...users.movers];

  const startStore = (name: StoreName): Promise<Dovecot> =>
    startDovecot(
      name,
      [{ login: "nobody@example.com", password: PASSWORD }],
      { certFile, keyFile },
      { settings: ROOM, imapPort: 0, imapsPort: 0, pop3Port: 0 },
    );
  const [store1, store2, slapd] = await Promise.all([
    startStore("store1"),
    startStore("store2"),
    startSlapd(all.map(({ login, store }) => entry(login, store)).join(""), {
      sessionLog: 10_000,
      global: ["sizelimit unlimited"],
    }),
  ]);
  const [tablePort, apiPort] = [await freePort(), await freePort()];
  const links = {
    store1: await openLink(store1.imapPort),
    store2: await openLink(store2.imapPort),
    api: await openLink(apiPort),
    table: await openLink(tablePort),
    directory: await openLink(Number(new URL(slapd.url).port)),
  };

  writeFileSync(join(folder.path, "token"), "a-token\n");
  writeFileSync(join(folder.path, "password"), slapd.bindPassword);
  const config = join(folder.path, "mmp.yaml");
  const endpoint = `http://127.0.0.1:${links.table.port}`;
  writeFileSync(
    config,
    stringify({
      routeStore:
        table === "dynalite"
          ? { dynamodb: { table: "mmp", region: "local", endpoint } }
          : { sqlite: join(disk.folder, "routes.db") },
      directory: {
        url: `ldap://127.0.0.1:${links.directory.port}`,
        base: BASE,
        filter: "(objectClass=mailUser)",
        bindDn: slapd.bindDn,
        bindPasswordFile: "password",
        retrySeconds: 0.2,
        lagSeconds: 1,
      },
      routeApi: { listen: `127.0.0.1:${apiPort}`, tokenFile: "token" },
    }),
  );
  const clock = fakeClock(folder.path);
  const environment = table === "sqlite" && clockObstacle === undefined ? clock.environment : {};
  const mmp = (command: string): string[] => ["bin/mmp.ts", command, "--config", config];
  const dynalite = ["node_modules/dynalite/cli.js", "--host", "127.0.0.1", "--createTableMs", "0"];
  const tablePart = await startPart(
    "node",
    [...dynalite, "--port", String(tablePort), "--path", join(folder.path, "table")],
    tablePort,
  );
  const created = await run("bun", [...mmp("route-api"), "--create-table"]);
  if (created.code !== 0) throw new Error(created.output);
  const storePorts = [links.store1.port, links.store2.port].map(String);
  const api =
    subject.oracle === undefined
      ? await startPart("bun", mmp("route-api"), apiPort, environment)
      : await startPart("node", [subject.oracle, String(apiPort), ...storePorts], apiPort);
  const sync = await startPart("bun", mmp("sync"), undefined, environment);
  await sync.child().line((line) => line.includes("full read complete"));

  const proxyLog = join(disk.folder, "proxy.log");
  const proxy = await subject.proxy({
    folder: folder.path,
    logFile: proxyLog,
    environment,
    certFile,
    keyFile,
    api: links.api,
    stores: links,
    logins: all,
  });
  await proxy.start();
  return {
    slapd,
    sync,
    table: tablePart,
    api,
    stores: { store1, store2 },
    proxy,
    proxyLog,
    clock,
    links,
    disk,
    users,
    async storeOf(login) {
      const response = await fetch(new URL(routePath(login), `http://127.0.0.1:${apiPort}`), {
        headers: { Authorization: "Bearer a-token" },
        signal: AbortSignal.timeout(5000),
      });
      return ((await response.json()) as { mailHost?: string[] }).mailHost?.[0];
    },
    async remove() {
      killTree(proxy.pid());
      await Promise.all([sync.kill(), api.kill(), tablePart.kill()]);
      await Promise.all(Object.values(links).map((link) => link.close()));
      await Promise.all([store1.kill(), store2.kill(), slapd.stop("SIGKILL")]);
      await Promise.all([store1.remove(), store2.remove(), slapd.remove()]);
      disk.remove();
      folder.remove();
    },
  };
}

const entry = (login: string, store: string): string => {
  const [uid = ""] = login.split("@");
  return person(uid, [`mail: ${login}`, `mailHost: ${store}`]);
};

/** Gives users another store in the directory, as LDIF. */
export const moves = (users: readonly User[], store: StoreName): string =>
  users
    .map(
      ({ login }) =>
        `dn: uid=${login.split("@")[0]},${BASE}\nchangetype: modify\nreplace: mailHost\nmailHost: ${store}\n`,
    )
    .join("\n");
