import { createServer } from "node:net";
import { join, relative } from "node:path";
import { requireConfiguration } from "../config/for-command.ts";
import { Failure } from "../failure.ts";
import { startAll } from "../run/all-in-one.ts";
import { createLog } from "../run/logger.ts";
import { adminToken, enterFolder, prepareFolder, writeConfiguration } from "./files.ts";
import type { DemoOptions } from "./options.ts";
import { type DemoStore, startDemoStore } from "./store.ts";
import { type DemoUser, readUsers } from "./users.ts";
import { USERS_LDIF } from "./users-ldif.ts";

/** How the reader of the demo's text calls this program. The modules of a compiled binary are in a file system of its own. */
const COMMAND = import.meta.url.includes("$bunfs") ? "mmp" : "npx bun bin/mmp.ts";

/** Time over which the demo's sessions end, in seconds. */
const DRAIN_SECONDS = 1;

/** Starts two demo stores and everything that an operator would run in front of them; `text` says what to try. */
export async function startDemo(options: DemoOptions): Promise<{ text: string; stop(): Promise<void> }> {
  await requireFreePorts(options);
  const leave = enterFolder(options.data);
  await prepareFolder(options.data);
  const users = await readUsers(USERS_LDIF);
  const stores = new Map<string, DemoStore>();
  const closeStores = async (): Promise<void> => {
    await Promise.all([...stores.values()].map((store) => store.close()));
  };
  const logFile = join(options.data, "mmp.log");
  const log = createLog("info", logFile);
  try {
    for (const name of new Set(users.map(({ store }) => store))) {
      const accounts = users.filter(({ store }) => store === name);
      stores.set(name, await startDemoStore(name, accounts));
    }
    const configuration = requireConfiguration(writeConfiguration(options, stores), "mmp up");
    const parts = await startAll(configuration, log, DRAIN_SECONDS);
    return {
      text: describe(options, users, logFile),
      async stop() {
        await parts.stop();
        await closeStores();
        leave();
      },
    };
  } catch (error) {
    await closeStores();
    leave();
    throw error;
  }
}

/** Throws a Failure that names a port in use, and the flag that chooses another. */
async function requireFreePorts(options: DemoOptions): Promise<void> {
  const { address } = options;
  const flags = [
    ["imap-port", options.imapPort],
    ["imaps-port", options.imapsPort],
    ["pop3-port", options.pop3Port],
    ["pop3s-port", options.pop3sPort],
    ["api-port", options.apiPort],
  ] as const;
  for (const [flag, port] of flags) {
    const code = await new Promise<string | undefined>((resolve) => {
      const server = createServer();
      server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      server.listen(port, address, () => server.close(() => resolve(undefined)));
    });
    if (code === undefined) continue;
    const why = code === "EADDRINUSE" ? "is in use" : `cannot be listened on (${code})`;
    throw new Failure(
      `port ${port} on ${address} ${why}; choose another with --${flag}, or others for all with --port-base`,
    );
  }
}

function describe(options: DemoOptions, users: DemoUser[], logFile: string): string {
  const { address, imapPort, imapsPort, pop3Port, pop3sPort, apiPort, data } = options;
  const host = address.includes(":") ? `[${address}]` : address;
  const here = (file: string): string => relative(process.cwd(), file) || ".";
  const listeners = [
    ["IMAP, with STARTTLS", `${host}:${imapPort}`],
    ["IMAP over TLS", `${host}:${imapsPort}`],
    ["POP3, with STLS", `${host}:${pop3Port}`],
    ["POP3 over TLS", `${host}:${pop3sPort}`],
    ["route API", `http://${host}:${apiPort}`],
    ["console", `http://${host}:${apiPort}/console`],
    ["  sign in with", adminToken(data)],
  ];
  const first = users[0]?.login ?? "";
  const second = users.find(({ store }) => store !== users[0]?.store)?.login ?? first;
  return [
    "The Messaging Multiplexor is running, with a demo directory and two demo stores.",
    "",
    ...listeners.map(([what = "", where = ""]) => `  ${what.padEnd(22)}${where}`),
    "",
    'Users (the password of each is "demo"):',
    ...users.map(({ login, store }) => `  ${login.padEnd(22)}on ${store}`),
    "",
    "Try:",
    `  curl -k --user ${first}:demo 'imaps://${host}:${imapsPort}/INBOX;UID=1'`,
    `  curl -k --user ${second}:demo pop3s://${host}:${pop3sPort}/1`,
    `  ${COMMAND} route ${first} --config ${here(join(data, "mmp.yaml"))}`,
    "",
    `Log: ${here(logFile)}. Press Ctrl-C to stop.`,
  ].join("\n");
}
