import { escapeXml } from "../xml.ts";

/** A panel of a plot: lines over the same values of x, which is drawn by its logarithm; y begins at 0. */
export interface Panel {
  title: string;
  lines: readonly { name: string; points: readonly (readonly [x: number, y: number])[] }[];
}

const PANEL = { width: 300, height: 220 };
const MARGIN = { left: 46, right: 12, top: 30, bottom: 30 };
const LEGEND_LINE = 16;
const COLOURS = ["#1b6ca8", "#c8553d", "#3a7d44", "#7d4e9e"];
const TICKS = 4;
/** Largest y of an axis: the next of these, times a power of ten. */
const ROUND_NUMBERS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

const place = (value: number): string => value.toFixed(1);
const label = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 2 });

/** The least round number that is not below `value`. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (ROUND_NUMBERS.find((number) => number * power >= value) ?? 10) * power;
}

/** An SVG image of panels side by side. */
export function plot(title: string, panels: readonly Panel[]): string {
  const legendLines = Math.max(...panels.map((panel) => panel.lines.length));
  const width = PANEL.width * panels.length;
  const height = PANEL.height + legendLines * LEGEND_LINE + 8;
  const drawn = panels.map(
    (panel, index) => `<g transform="translate(${index * PANEL.width} 0)">${draw(panel)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="11">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${drawn.join("\n")}
</svg>
`;
}

function draw({ title, lines }: Panel): string {
  const points = lines.flatMap((line) => line.points);
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const [least = 1, most = 1] = [xs[0], xs.at(-1)];
  const top = roundUp(Math.max(...points.map(([, y]) => y)));
  const inner = {
    width: PANEL.width - MARGIN.left - MARGIN.right,
    height: PANEL.height - MARGIN.top - MARGIN.bottom,
  };
  const across = (x: number): string =>
    place(MARGIN.left + (inner.width * Math.log(x / least)) / (Math.log(most / least) || 1));
  const up = (y: number): string => place(MARGIN.top + inner.height * (1 - y / top));
  const bottom = place(MARGIN.top + inner.height);
  const right = place(MARGIN.left + inner.width);
  const grid = Array.from({ length: TICKS + 1 }, (_, index) => (top * index) / TICKS).flatMap((y) => [
    `<line x1="${MARGIN.left}" x2="${right}" y1="${up(y)}" y2="${up(y)}" stroke="#dddddd"/>`,
    `<text x="${MARGIN.left - 6}" y="${up(y)}" dy="4" text-anchor="end" fill="#444444">${label(y)}</text>`,
  ]);
  const axis = xs.map(
    (x) =>
      `<text x="${across(x)}" y="${bottom}" dy="16" text-anchor="middle" fill="#444444">${x >= 1000 ? `${label(x / 1000)}k` : x}</text>`,
  );
  const curves = lines.flatMap(({ name, points: own }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const y = PANEL.height + index * LEGEND_LINE;
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${own.map(([x, value]) => `${across(x)},${up(value)}`).join(" ")}"/>`,
      ...own.map(([x, value]) => `<circle cx="${across(x)}" cy="${up(value)}" r="3" fill="${colour}"/>`),
      `<line x1="${MARGIN.left}" x2="${MARGIN.left + 20}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${MARGIN.left + 26}" y="${y}" dy="4" fill="#222222">${escapeXml(name)}</text>`,
    ];
  });
  const heading = `<text x="${MARGIN.left}" y="18" font-weight="bold" fill="#222222">${escapeXml(title)}</text>`;
  return [heading, ...grid, ...axis, ...curves].join("\n");
}
