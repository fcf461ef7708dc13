import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Audit } from "../../../route-api/contract/audit.ts";
import { Edges } from "../../../route-api/contract/edges.ts";
import { axeViolations, hasChromium, openBrowser } from "../../support/browser.ts";
import { account, type SiteEdge, type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";
import { put } from "../../support/writes.ts";

/** Where `npm run screenshots` wants them; other runs make none. */
const { MMP_SCREENSHOTS } = process.env;
const DESK: BrowserContextOptions = { viewport: { width: 1100, height: 760 }, colorScheme: "light" };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, colorScheme: "dark" };

let site: SupportSite;
let edge: SiteEdge;
let second: SiteEdge;
let browser: Browser;
/** Somebody with an admin token at a desk, and somebody with a support token with a phone. */
let admin: Page;
let support: Page;
/** What went wrong in any page: errors of scripts, and what its policy kept out. */
const complaints: string[] = [];

async function signedIn(role: "admin" | "support", options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext({ ...options, reducedMotion: "reduce" })).newPage();
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("dialog", (dialog) => complaints.push(dialog.message()));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${site.api}/console`);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByLabel("Token").fill(`${role}-token`);
  await page.keyboard.press("Enter");
  await page.getByText(`${role}, ${role}`).waitFor();
  return page;
}

/** Goes to a page of the console, which must be without fault; both for light and for dark. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(`${site.api}/console${path}`);
  expect(await axeViolations(page)).toEqual([]);
}

/** What stands there to be read, as it is laid out. */
const shown = async (place: Locator): Promise<string> => (await place.allInnerTexts()).join("\n");

async function screenshot(page: Page, name: string): Promise<void> {
  if (MMP_SCREENSHOTS === undefined) return;
  mkdirSync(MMP_SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(MMP_SCREENSHOTS, `${name}.png`) });
}

describe.skipIf(!hasChromium)("the console in a browser", () => {
  beforeAll(async () => {
    [site, browser] = await Promise.all([supportSite(), openBrowser()]);
    [edge, second] = await Promise.all([site.edge(), site.edge()]);
    await eventuallyAsync(
      async () => ((await site.get("/v1/edges", Edges)).edges.length === 2 ? true : undefined),
      "two heartbeats",
    );
    [admin, support] = [await signedIn("admin", DESK), await signedIn("support", PHONE)];
  });
  afterAll(async () => {
    await browser?.close();
    await site?.remove();
  });

  test("search: from the keyboard to the user, with the reason why a login failed, and what an edge decides", async () => {
    const client = await edge.login("alice");
    const failed = await edge.login("alcie");
    failed.send("b LOGIN alice pw\r\n");
    await failed.until(/^b OK .*\r\n/m);
    failed.socket.destroy();
    await edge.child.line((line) => line.includes('"msg":"session"'));

    await visit(admin, "/sync");
    await admin.keyboard.press("/");
    await admin.keyboard.type("alice@example.com");
    await admin.keyboard.press("Enter");
    await admin.getByRole("heading", { level: 1, name: "alice@example.com active" }).waitFor();
    expect(await axeViolations(admin)).toEqual([]);
    const steps = admin.getByRole("table", { name: "The decision, step by step" });
    expect(await shown(steps)).toMatch(/look-up\s+ok\s+the account alice@example.com at store1/);
    expect(await shown(admin.getByRole("table", { name: "Live sessions" }))).toContain("as alice");
    const last = await shown(admin.getByRole("table", { name: "Last logins and failures" }));
    expect(last).toContain("No user has this name: misspelt, or not in the directory. unknown-user");
    await screenshot(admin, "user");
    client.socket.destroy();
  });

  test("a name that nobody has leads to those that may be meant", async () => {
    await visit(support, "/users/alcie");
    await support.getByRole("link", { name: "alice", exact: true }).click();
    await support.getByRole("heading", { level: 1, name: "alice active" }).waitFor();
    await screenshot(support, "phone");
  });

  test("a user's page follows what happens", async () => {
    await visit(admin, "/users/bob");
    expect(await admin.getByText("No live session.").count()).toBe(1);
    const client = await edge.login("bob");
    const table = admin.getByRole("table", { name: "Live sessions" });
    await table.waitFor({ timeout: 20_000 });
    expect(await shown(table)).toContain("bob@example.com");
    expect(await shown(admin.locator("#live-state"))).toBe("Live");
    client.socket.destroy();
  });

  test("ends the sessions of a user, for a reason that the audit has", async () => {
    const client = await edge.login("carol");
    await visit(admin, "/users/carol");
    await admin.getByRole("link", { name: "End all sessions…" }).click();
    await admin.getByLabel("Reason or ticket number").fill("ticket 4711");
    expect(await axeViolations(admin)).toEqual([]);
    await admin.getByRole("button", { name: "End all sessions" }).click();
    await admin.getByText("1 session ended, or about to end.").waitFor();
    await client.until(/^\* BYE .*\r\n/m);
    await visit(admin, "/audit");
    expect(await shown(admin.getByRole("table", { name: "Actions" }))).toMatch(
      /admin\s+kick\s+carol@example.com\s+ticket 4711/,
    );
  });

  test("ends one session, and not the other", async () => {
    const [one, other] = [await edge.login("dave"), await edge.login("dave")];
    await visit(admin, "/sessions?account=dave@example.com");
    await admin
      .getByRole("link", { name: `End… the session from 127.0.0.1:${one.socket.localPort}` })
      .click();
    await admin.getByLabel("Reason or ticket number").fill("ticket 4712");
    await admin.getByRole("button", { name: "End the session" }).click();
    await admin.getByText("1 session ended, or about to end.").waitFor();
    await one.until(/^\* BYE .*\r\n/m);
    other.send("x\r\n");
    await other.until(/^\* x\r\n/m);
    other.socket.destroy();
  });

  test("tries a store from every edge", async () => {
    await visit(admin, "/stores");
    await visit(admin, "/actions/probe?target=store1");
    await admin.getByLabel("Reason or ticket number").fill("ticket 4713");
    await admin.keyboard.press("Enter");
    const table = admin.getByRole("table", { name: "How far each edge got" });
    await table.waitFor();
    expect((await shown(table)).match(/imap\s+ok/g)).toHaveLength(2);
  });

  test("puts a user on hold for a move: a login waits, and goes on when the hold is released", async () => {
    await visit(admin, "/users/bob");
    await admin.getByRole("link", { name: "Hold new logins…" }).click();
    await admin.getByLabel("Reason or ticket number").fill("ticket 4715");
    await admin.getByRole("button", { name: "Put on hold" }).click();
    await admin.getByRole("heading", { name: "To move the mailbox" }).waitFor();
    expect(await axeViolations(admin)).toEqual([]);
    const waiting = edge.login("bob");
    await visit(admin, "/users/bob");
    await admin.getByText(/^On hold until .*, by admin: ticket 4715$/).waitFor();
    await admin.getByRole("link", { name: "Release…" }).click();
    await admin.getByLabel("Reason or ticket number").fill("ticket 4715");
    await admin.getByRole("button", { name: "Release" }).click();
    await admin.getByText("Released.").waitFor();
    const client = await waiting;
    client.send("x\r\n");
    await client.until(/^\* x\r\n/m);
    client.socket.destroy();
  });

  test("traces a user's next login, step by step and without the password", async () => {
    await visit(admin, "/users/dave");
    await admin.getByRole("link", { name: "Trace the next logins…" }).click();
    await admin.getByLabel("Reason or ticket number").fill("ticket 4714");
    await admin.getByRole("button", { name: "Start the trace" }).click();
    await admin.getByRole("link", { name: "Follow the trace" }).click();
    await admin.getByText("Nothing yet: wait for the next login.").waitFor();
    const client = await edge.login("dave");
    client.socket.destroy();
    const events = admin.getByRole("table", { name: "Events" });
    await events.waitFor({ timeout: 20_000 });
    const text = await shown(events);
    expect(text).toMatch(/client → edge\s+.*LOGIN dave/);
    expect(text).not.toContain("LOGIN dave pw");
    expect(await axeViolations(admin)).toEqual([]);
  });

  test("who has only support sees all, and is told what an action needs", async () => {
    for (const path of ["", "/sessions", "/stores", "/edges", "/sync", "/audit"]) await visit(support, path);
    await visit(support, "/users/alice");
    expect(await support.getByRole("link", { name: "End all sessions…" }).count()).toBe(0);
    const before = await site.get("/v1/audit", Audit);
    await support.goto(`${site.api}/console/actions/kick-user?target=alice`);
    await support.getByText("This needs a token with the scope admin").waitFor();
    expect(await support.getByRole("button", { name: "End all sessions" }).count()).toBe(0);
    expect(await site.get("/v1/audit", Audit)).toEqual(before);
  });

  test("hostile names stay text", async () => {
    const name = `<img/src=x/onerror=alert(1)>@example.com`;
    await put(site.store, [
      { ...account("mallory", "store1"), account: name, logins: [name], dn: "uid=<script>alert(2)</script>" },
    ]);
    await visit(admin, `/users/${encodeURIComponent(name)}`);
    await admin.getByRole("heading", { level: 1, name }).waitFor();
    expect(await admin.locator("main img, main script").count()).toBe(0);
  });

  test("an edge that does not answer is named, and the rest is shown", async () => {
    const client = await edge.login("alice");
    process.kill(second.child.pid, "SIGSTOP");
    try {
      await visit(support, "/sessions?account=alice@example.com");
      await support.getByText(/^1 of 2 edges answered\. What these know is missing: \S+$/).waitFor();
      expect(await shown(support.getByRole("table", { name: "Live sessions" }))).toContain("store1");
    } finally {
      process.kill(second.child.pid, "SIGCONT");
    }
    client.socket.destroy();
  });

  test("nothing of all that was against the policy, or failed in a script", () => {
    // Answers that are no success are no fault of a page.
    expect(complaints.filter((text) => !text.includes("the server responded with a status of"))).toEqual([]);
  });

  test("a dead API is said on an open page", async () => {
    await visit(admin, "/users/alice");
    await site.apiProcess.stop("SIGKILL");
    await admin.getByText("Connection lost; what you see may be old").waitFor({ timeout: 20_000 });
  });
});
