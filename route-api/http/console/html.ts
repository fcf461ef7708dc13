import { html } from "hono/html";

/** Markup. Text that is put into `html` is escaped, as content and in quoted attributes. */
export type Html = ReturnType<typeof html>;
export type Content = Html | string | number | undefined;

/** How good something is; always said in words too. */
export type Tone = "good" | "warning" | "bad" | "plain";

export const badge = (tone: Tone, text: string): Html => html`<span class="badge ${tone}">${text}</span>`;

/** A time in UTC, to the second. */
export const time = (at: string): Html =>
  html`<time datetime="${at}">${at.replace("T", " ").replace(/(\.\d+)?Z$/, "")}</time>`;

export interface Table {
  /** What the rows are, for those who do not see the heading above. */
  label: string;
  heading: readonly string[];
  rows: readonly (readonly Content[])[];
  /** Stands there in place of no rows. */
  empty: string;
}

/** A table; on a narrow screen each row becomes a block whose cells name their column. */
export function table({ label, heading, rows, empty }: Table): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<table aria-label="${label}">
    <thead><tr>${heading.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (cells) =>
        html`<tr>${cells.map((cell, column) => html`<td data-label="${heading[column] ?? ""}">${cell}</td>`)}</tr>`,
    )}</tbody>
  </table>`;
}

/** Names and their values; those without a value are left out. */
export const facts = (pairs: readonly (readonly [name: string, value: Content])[]): Html =>
  html`<dl>${pairs
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** Items one after the other. */
export const joined = (items: readonly Content[], separator: string): Html =>
  html`${items.map((item, index) => html`${index === 0 ? "" : separator}${item}`)}`;

export const notice = (tone: Tone, content: Content): Html =>
  html`<p class="notice ${tone}" ${tone === "bad" ? html`role="alert"` : ""}>${content}</p>`;

/** A number of bytes in the unit that suits it. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** How many of a thing: `1 session`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
