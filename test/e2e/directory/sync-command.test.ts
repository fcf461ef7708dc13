import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { run } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { makeFolder } from "../../support/workspace.ts";

const folder = makeFolder("command");
afterAll(() => folder.remove());

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("mmp sync on %s", (runtime) => {
  test("reports, holds, releases, and says how it is doing", async () => {
    const config = join(folder.path, `${runtime}.yaml`);
    writeFileSync(join(folder.path, "token"), "a-token\n");
    writeFileSync(
      config,
      stringify({
        routeStore: { sqlite: `${runtime}.db` },
        directory: { ldif: "users.ldif", maxRemovedEntries: 1 },
        routeApi: { tokenFile: "token" },
        stores: { "*": { imap: { port: 143 } } },
        instances: {},
      }),
    );
    const write = (...uids: string[]): void =>
      writeFileSync(
        join(folder.path, "users.ldif"),
        uids
          .map((uid) => `dn: uid=${uid}\nuid: ${uid}\nmailHost: ${uid === "x" ? "no host" : "s1"}\n\n`)
          .join(""),
      );
    const [program, ...args] = RUNTIMES[runtime];
    const mmp = (...more: string[]) => run(program, [...args, "sync", ...more, "--config", config]);

    write("a", "b", "c", "x");
    expect(await mmp("--once")).toEqual({
      code: 0,
      output:
        '4 entries read: 3 written, 0 unchanged, 0 removed\n1 entry skipped:\n  uid=x: "no host" is not a host name',
    });
    write("a");
    expect(await mmp("--once")).toEqual({
      code: 1,
      output: [
        "1 entry read: 0 written, 1 unchanged, 0 removed",
        "mmp: removals on hold: 2 of 3 entries would be removed, more than directory.maxRemovedShare and maxRemovedEntries allow; to approve it: mmp sync release",
      ].join("\n"),
    });
    expect(await mmp("verify")).toMatchObject({
      code: 1,
      output: expect.stringMatching(/surplus uid=[bc] \(dn:uid=[bc]\)\n.*2 differences/s),
    });
    expect((await mmp("release")).output).toMatch(/^Approved: the next full read may remove 2 of 3 entries/);
    expect((await mmp("--once")).output).toBe("1 entry read: 0 written, 1 unchanged, 2 removed");
    expect(await mmp("release")).toEqual({ code: 1, output: "mmp: no removals are on hold" });
    expect(await mmp("verify")).toMatchObject({ code: 0 });
    // No sync is running between two runs of --once.
    const stopped = await mmp("status");
    expect(stopped).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^stopped: no sync is running\n/),
    });
    const { code, output } = await mmp("status", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(output)).toMatchObject({
      state: "stopped",
      method: "file",
      lastFullRun: { removed: 2 },
    });

    const setTo = (day: number): void =>
      writeFileSync(
        join(folder.path, "users.ldif"),
        `dn: uid=a\nuid: a\nmailHost: s${day}\nentryCSN: 2026010${day}000000.000000Z#000000#000#000000\n\n`,
      );
    setTo(2);
    expect(await mmp("--once")).toMatchObject({ code: 0 });
    setTo(1);
    expect((await mmp("--once")).output).toBe(
      "1 entry read: 0 written, 0 unchanged, 0 removed\nKept the route store's newer version of 1 entry: mmp sync verify lists the differences, mmp sync overwrite replaces it",
    );
    expect(await mmp("verify")).toMatchObject({ code: 1 });
    expect((await mmp("overwrite")).output).toBe("1 entry read: 1 written, 0 unchanged, 0 removed");
    expect(await mmp("verify")).toMatchObject({ code: 0 });
  });
});
