import { median } from "./report.ts";
import { escapeXml } from "./xml.ts";

/** What a plot shows of one proxy. */
export interface Bar {
  name: string;
  /** A figure a pass. Without any, the proxy has no bar. */
  values: readonly number[];
  /** Whether it is drawn in the colour that stands out. */
  isOwn: boolean;
}

const WIDTH = 720;
const NAME_WIDTH = 120;
const VALUE_WIDTH = 150;
const TITLE_HEIGHT = 44;
const ROW_HEIGHT = 30;
const BAR_HEIGHT = 18;
const BOTTOM = 10;
const CAP_HEIGHT = 8;

/** It has a ground of its own: a page may be dark where the system that the colours follow is light. */
const STYLE = `
.ground { fill: #ffffff } text { fill: #1f2328; font: 14px system-ui, sans-serif } .title { font-weight: 600 }
.peer { fill: #8c959f } .own { fill: #0969da } .spread { stroke: #1f2328; stroke-width: 1.5 } .value { font-variant-numeric: tabular-nums }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #e6edf3 } .peer { fill: #6e7681 } .own { fill: #4493f8 } .spread { stroke: #e6edf3 }
}`;

/**
 * An SVG with a horizontal bar for each proxy: its length is the median of the values, the line across its end goes
 * from the least to the greatest.
 */
export function plot(title: string, bars: readonly Bar[], digits: number): string {
  const drawn = bars.filter(({ values }) => values.length > 0);
  const greatest = Math.max(0, ...drawn.flatMap(({ values }) => values));
  const scale = greatest > 0 ? (WIDTH - NAME_WIDTH - VALUE_WIDTH) / greatest : 0;
  const height = TITLE_HEIGHT + drawn.length * ROW_HEIGHT + BOTTOM;
  const rows = drawn.map((bar, row) => drawBar(bar, TITLE_HEIGHT + row * ROW_HEIGHT, scale, digits));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escapeXml(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
<text class="title" x="16" y="27">${escapeXml(title)}</text>
${rows.join("\n")}
</svg>
`;
}

function drawBar({ name, values, isOwn }: Bar, top: number, scale: number, digits: number): string {
  const x = (value: number): string => (NAME_WIDTH + value * scale).toFixed(1);
  const middle = median(values) ?? 0;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const centre = top + ROW_HEIGHT / 2;
  const shape = `<rect class="${isOwn ? "own" : "peer"}" x="${NAME_WIDTH}" y="${centre - BAR_HEIGHT / 2}" width="${(middle * scale).toFixed(1)}" height="${BAR_HEIGHT}"/>`;
  const line = (x1: number, y1: number, x2: number, y2: number): string =>
    `<line class="spread" x1="${x(x1)}" y1="${y1}" x2="${x(x2)}" y2="${y2}"/>`;
  const [capTop, capEnd] = [centre - CAP_HEIGHT / 2, centre + CAP_HEIGHT / 2];
  const spread =
    most > least
      ? [
          line(least, centre, most, centre),
          line(least, capTop, least, capEnd),
          line(most, capTop, most, capEnd),
        ]
      : [];
  const label = `${middle.toFixed(digits)}${most > least ? ` (${least.toFixed(digits)}–${most.toFixed(digits)})` : ""}`;
  return [
    `<text x="${NAME_WIDTH - 10}" y="${centre + 5}" text-anchor="end">${escapeXml(name)}</text>`,
    shape,
    ...spread,
    `<text class="value" x="${(NAME_WIDTH + most * scale + 10).toFixed(1)}" y="${centre + 5}">${label}</text>`,
  ].join("\n");
}
