const BEGIN = "<!-- bench: begin, written by `npm run bench -- --write` -->";
const END = "<!-- bench: end -->";

/** `text` with all that is between its two markers replaced. Throws when it has not one pair of them. */
export function replaceFigures(text: string, figures: string): string {
  const [before, rest, ...more] = text.split(BEGIN);
  const [old, after, ...ends] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length + ends.length > 0)
    throw new Error(`the document must have one line ${BEGIN} and below it one line ${END}`);
  return `${before}${BEGIN}\n\n${figures.trim()}\n\n${END}${after}`;
}
