import { html } from "hono/html";
import { SYNC_PATH, SyncStatus } from "../../../contract/sync-status.ts";
import { type ConsoleContext, isAdmin } from "../environment.ts";
import { badge, counted, facts, type Html, notice, type Tone, table, time } from "../html.ts";
import { page } from "../layout.ts";
import { actionPage, userPage } from "../paths.ts";

/** How far the route store follows the directory, and what it could not take over. */
export async function syncPage(c: ConsoleContext): Promise<Html> {
  const status = await c.var.api.get(SYNC_PATH, SyncStatus);
  const { state, failure, held, skipped, skippedCount, ambiguous, ambiguousCount } = status;
  return page(c, {
    title: "Sync",
    body: html`<h1>Sync ${badge(TONES[state], state)}</h1>
      <p>${STATES[state]}</p>
      ${failure === undefined ? "" : notice("bad", html`${failure.code}: ${failure.message} (since ${time(failure.since)})`)}
      ${held === undefined ? "" : showHeld(held, isAdmin(c))}
      ${showFacts(status)}
      <h2>${counted(skippedCount, "skipped entry", "skipped entries")}</h2>
      ${table({ label: "Skipped entries", heading: ["Entry", "Why"], rows: skipped.map(({ place, reason }) => [place, reason]), empty: "Every entry has a usable route." })}
      ${more(skippedCount - skipped.length)}
      <h2>${counted(ambiguousCount, "name")} of several entries</h2>
      ${table({ label: "Names of several entries", heading: ["Name", "Entries"], rows: ambiguous.map(({ name, dns }) => [html`<a href="${userPage(name)}">${name}</a>`, dns.join("; ")]), empty: "Every name leads to one entry." })}
      ${more(ambiguousCount - ambiguous.length)}`,
  });
}

const more = (count: number): Html | "" => (count > 0 ? html`<p class="soft">And ${count} more.</p>` : "");

type State = SyncStatus["state"];
const TONES: Readonly<Record<State, Tone>> = {
  following: "good",
  refreshing: "good",
  behind: "warning",
  held: "warning",
  failing: "bad",
  stopped: "bad",
  never: "bad",
};
const STATES: Readonly<Record<State, string>> = {
  following: "Following the directory.",
  refreshing: "Reading the whole directory.",
  behind: "Following a server that lacks changes which another had: no entries are removed.",
  held: "Following the directory; removals are on hold.",
  failing: "Failing; it retries by itself.",
  stopped: "No sync is running.",
  never: "No sync has ever run.",
};

const REASONS = {
  "too-many-removals": "more than usual would be removed",
  "canary-missing": "entries that must be there are missing",
  "server-behind": "the server lacks changes that the route store has",
} as const;

function showHeld(held: NonNullable<SyncStatus["held"]>, acts: boolean): Html {
  const { id, since, reason, wouldRemove, of, missingCanaries, entries } = held;
  return html`<section aria-labelledby="held">
    <h2 id="held">Removals on hold</h2>
    ${notice("warning", html`${wouldRemove} of ${counted(of, "entry", "entries")} would be removed, since ${time(since)}: ${REASONS[reason]}.`)}
    ${missingCanaries.length === 0 ? "" : html`<p>The directory lacks ${missingCanaries.join(", ")}.</p>`}
    <ul>${entries.map((dn) => html`<li>${dn}</li>`)}</ul>
    ${more(wouldRemove - entries.length)}
    ${acts ? html`<p><a class="button" href="${actionPage("release", id)}">Approve the removals…</a></p>` : ""}
  </section>`;
}

const showFacts = ({
  directory,
  method,
  leader,
  lagSeconds,
  lastChangeAt,
  lastFullRun: run,
}: SyncStatus): Html =>
  facts([
    ["Directory", directory],
    ["Method", method],
    ["Leader", leader],
    ["Lag", lagSeconds === undefined ? undefined : `${lagSeconds} s`],
    ["Last change", lastChangeAt === undefined ? undefined : time(lastChangeAt)],
    [
      "Last full read",
      run === undefined
        ? undefined
        : html`${time(run.finishedAt)}, in ${(run.durationMs / 1000).toFixed(1)} s: ${counted(run.read, "entry", "entries")} read, ${run.written} written, ${run.removed} removed`,
    ],
  ]);
