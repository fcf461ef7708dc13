import { expect, test } from "vitest";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { Holds } from "../../../../edge-proxy/routing/holds.ts";
import { Replay } from "../../../../edge-proxy/session/replay.ts";
import type { ReplayTask } from "../../../../edge-proxy/session/replay-task.ts";
import type { LoginServices } from "../../../../edge-proxy/session/services.ts";
import { aRoute } from "../routing/api-double.ts";

test("an account with thousands of hosts that no store serves hears so", () => {
  const hosts = Array.from({ length: 40_000 }, (_, index) => `h${index}`);
  const route = aRoute("a", { mailHost: hosts });
  const addresses = { remoteAddress: "", remotePort: 1, localAddress: "", localPort: 1 };
  const said: string[] = [];
  const owner = {
    noted: ({ code, store }: { code: string; store?: string }) => said.push(`${code} ${store}`),
    failed: (failure: string) => said.push(failure),
    moved() {},
    challenge() {},
    loggedIn() {},
  };
  new Replay(
    { findStore: () => undefined, holds: new Holds() } as unknown as LoginServices,
    owner,
    newRecord("main", "imap", addresses),
    { route } as unknown as ReplayTask,
  ).start();
  expect(said).toEqual([...hosts.map((host) => `no-store-entry ${host}`), "unavailable"]);
});
