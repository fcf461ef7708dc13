import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Edges } from "../../../route-api/contract/edges.ts";
import { StoreList } from "../../../route-api/contract/stores.ts";
import { User } from "../../../route-api/contract/users.ts";
import { type AgentsMachine, agentsMachine } from "../../support/agents-machine.ts";
import { account, type SiteEdge, type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";
import { put } from "../../support/writes.ts";

const page = readFileSync(new URL("../../../docs/runbook.md", import.meta.url), "utf8");
/** What an agent types in ten seconds, at five characters a second. */
const TEN_SECONDS = 50;

interface Typed {
  command: string;
  /** Lines of the output; `…` stands for any number of them. */
  shown: string[];
}

/** What the page types under a heading, and what it says appears. */
function typedUnder(heading: string): Typed[] {
  const section = page.split(`### ${heading}\n`)[1]?.split(/^##/m)[0] ?? "";
  return [...section.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = ""]) =>
    block
      .trimEnd()
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [command = "", ...shown] = text.trimEnd().split("\n");
        return { command, shown };
      }),
  );
}

/** A line without what differs from run to run: names of edges and sessions, times, numbers, widths. */
const shapeOf = (line: string): string =>
  line
    .trimEnd()
    .replace(/[\w.-]+:[0-9a-f]{8}\b/g, "EDGE")
    .replace(/\b[0-9a-f]{8}-\w+/g, "SID")
    .replace(/\d+(\.\d+)*/g, "N")
    .replace(/\bN ?(B|kB|MB|GB)\b/g, "SIZE")
    .replace(/\bN[dhms]( N[dhms])*\b/g, "AGE")
    .replace(/ +/g, " ");

/** Matches the shape of an output as the page shows it. */
const patternOf = (shown: readonly string[]): RegExp =>
  new RegExp(
    `^${shown.map((line) => (line === "…" ? "(?:.*\\n)*" : `${RegExp.escape(shapeOf(line))}\\n`)).join("")}$`,
  );

let site: SupportSite;
let agent: AgentsMachine;
let edge: SiteEdge;
beforeAll(async () => {
  site = await supportSite();
  agent = agentsMachine(site);
  edge = await site.edge();
  await eventuallyAsync(
    async () => ((await site.get("/v1/edges", Edges)).edges.length === 1 ? true : undefined),
    "a heartbeat",
  );
});
afterAll(() => site?.remove());

/** Makes what each ticket complains of. */
const TICKETS: Record<string, () => Promise<void>> = {
  async '"My phone says: wrong password"'() {
    const phone = await edge.login("alice", "wrong");
    phone.socket.destroy();
    await edge.child.line((line) => line.includes('"msg":"session"'));
  },
  async '"My mail is gone since I was moved"'() {
    await edge.login("alice");
    await put(site.store, [{ ...account("alice", "store2"), version: "2" }]);
    await eventuallyAsync(
      async () => ((await site.get("/v1/users/alice", User)).sessions.length === 1 ? true : undefined),
      "an answer that is not shared with an earlier question",
    );
  },
  async '"Everything is slow at one store"'() {
    await edge.login("bob");
    await edge.login("dave");
    process.kill(edge.child.pid, "SIGHUP");
    await eventuallyAsync(
      async () => ((await site.get("/v1/stores", StoreList)).stores.length === 2 ? true : undefined),
      "a heartbeat with both stores",
    );
  },
};

describe.each(Object.entries(TICKETS))("the runbook's ticket %s", (heading, complain) => {
  const typed = typedUnder(heading);

  test("ends in ten seconds of typing", () => {
    const ticket = typed.filter(({ command }) => !command.includes("alcie"));
    expect(ticket.length).toBeGreaterThan(0);
    const characters = ticket.reduce((sum, { command }) => sum + command.length + 1, 0);
    expect(characters).toBeLessThanOrEqual(TEN_SECONDS);
  });

  test("shows what the page says", async () => {
    await complain();
    for (const { command, shown } of typed) {
      const [program, ...args] = command.split(" ");
      expect(program).toBe("mmp");
      const { out, error } = await agent.run(args, { MMP_TOKEN: "admin-token" });
      const real = [out, error].filter((text) => text !== "").flatMap((text) => text.split("\n"));
      expect(real.map((line) => `${shapeOf(line)}\n`).join("")).toMatch(patternOf(shown));
    }
  });
});
