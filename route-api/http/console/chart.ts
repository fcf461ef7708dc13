import { html } from "hono/html";
import type { Html } from "./html.ts";

/** Width of a chart in its own units. */
const WIDTH = 100;

/** A bar for a part of the most; the number stands beside it, so it is hidden from screen readers. */
export function bar(value: number, most: number, kind: "bar" | "bad" = "bar"): Html {
  const share = most <= 0 ? 0 : Math.min(1, value / most);
  const width = value > 0 ? Math.max(1, Math.round(share * WIDTH)) : 0;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="${WIDTH}" height="6" rx="1" /><rect class="${kind}" width="${width}" height="6" rx="1" /></svg>`;
}

/** The greatest of some numbers; 0 for none. */
export const most = (values: readonly number[]): number => Math.max(0, ...values);
