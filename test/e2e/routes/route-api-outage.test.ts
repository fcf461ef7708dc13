import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Child } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { PASSWORD, type RunningEdge, type Site, startSite } from "../../support/site.ts";

const quoted = `"${PASSWORD.replace(/["\\]/g, "\\$&")}"`;

describe("while the route API is out", () => {
  let site: Site;
  let api: Child;
  let edge: RunningEdge;
  beforeAll(async () => {
    site = await startSite({ freshSeconds: 0, staleSeconds: 60 });
    api = await site.startApi();
    await site.sync();
    edge = await site.startEdge("bun");
  });
  afterAll(() => site?.remove());

  const login = async (user: string): Promise<string> => {
    const client = await lineClient(edge.ports.imap);
    await client.until(/^\* OK .*\r\n/);
    client.send(`a LOGIN ${user} ${quoted}\r\n`);
    const answer = await client.until(/^a .*\r\n/m);
    client.socket.destroy();
    return answer;
  };

  test("serves whom it knows, and tells others of a temporary failure, never of a wrong password", async () => {
    expect(await login("alice@example.com")).toMatch(/^a OK/m);
    await api.stop();
    expect(await login("alice@example.com")).toMatch(/^a OK/m);
    expect(await login("bob@example.com")).toMatch(/^a NO \[UNAVAILABLE\]/m);
    const pop3 = await lineClient(edge.ports.pop3);
    await pop3.until(/^\+OK .*\r\n/);
    pop3.send(`USER bob@example.com\r\nPASS ${PASSWORD}\r\n`);
    expect(await pop3.until(/-ERR.*\r\n/)).toContain("-ERR [SYS/TEMP]");
    pop3.socket.destroy();
    api = await site.startApi();
    expect(await login("bob@example.com")).toMatch(/^a OK/m);
  });
});
