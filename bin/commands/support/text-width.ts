/** Marks that stand upon the character before them, and characters without a shape. */
const NO_CELL = /^[\p{M}\p{Cf}]$/u;
/** Characters that take two cells of a terminal: East Asian ones (Unicode's UAX #11) and emoji. */
const TWO_CELLS =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;
const PLAIN = /^[\x20-\x7e]*$/;
const ELLIPSIS = "…";

const charWidth = (char: string): number => (NO_CELL.test(char) ? 0 : TWO_CELLS.test(char) ? 2 : 1);

/** Cells of a terminal that a text takes. */
export const textWidth = (text: string): number =>
  PLAIN.test(text) ? text.length : [...text].reduce((sum, char) => sum + charWidth(char), 0);

/** The text, or as much of it as fits, with an ellipsis. */
export const cutText = (text: string, width: number): string =>
  textWidth(text) <= width ? text : startOf(text, width - 1) + ELLIPSIS;

/** The text in lines of at most so many cells, broken between words where that is possible; nothing is lost. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (textWidth(rest) > width) {
    const start = startOf(rest, width) || ([...rest][0] ?? "");
    const isWordEnd = rest[start.length] === " ";
    const space = isWordEnd ? start.length : start.lastIndexOf(" ");
    const end = space > 0 ? space : start.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

function startOf(text: string, width: number): string {
  let start = "";
  let used = 0;
  for (const char of text) {
    used += charWidth(char);
    if (used > width) break;
    start += char;
  }
  return start;
}
