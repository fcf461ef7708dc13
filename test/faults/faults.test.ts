import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/child.ts";
import { makeFolder } from "../support/workspace.ts";
import { networkObstacle } from "./network.ts";
import type { Outcomes } from "./page.ts";
import { SCENARIOS } from "./scenarios.ts";

const obstacle = networkObstacle();

test.skipIf(obstacle !== undefined)(
  `a fault ends no session but those on what was killed, and passes for no wrong password${obstacle ? `: ${obstacle}` : ""}`,
  { timeout: 240_000 },
  async () => {
    const folder = makeFolder("faults-outcomes");
    const file = join(folder.path, "outcomes.json");
    const { code, output } = await run("node", ["test/faults/run.ts", "--short", "--output", file]);
    expect(code, output).toBe(0);
    const { outcomes } = JSON.parse(readFileSync(file, "utf8")) as { outcomes: Outcomes };
    folder.remove();
    const short = SCENARIOS.filter(({ isShort }) => isShort);
    expect(Object.keys(outcomes)).toEqual(short.map(({ fault }) => fault));
    for (const [fault, { mmp }] of Object.entries(outcomes)) {
      expect(mmp, fault).toMatchObject({ changed: 0, unexplainedEnds: [], unexplainedFailures: [] });
      // There was a load.
      expect(mmp, fault).not.toMatchObject({ logins: 0 });
      expect(mmp, fault).not.toMatchObject({ transfers: 0 });
    }
    // The faults were there.
    for (const fault of ["kill -9 of one store", "kill -9 of one worker"])
      expect(outcomes[fault]?.mmp, fault).toMatchObject({ cut: expect.toSatisfy((cut) => cut > 0) });
  },
);
