/** What writes a part of a page in docs/, and the word that its markers begin with. */
const SECTIONS = {
  bench: "npm run bench",
  routes: "npm run bench:routes",
  many: "npm run bench:many",
  start: "npm run bench:start",
  conformance: "npm run conformance",
} as const;
export type Section = keyof typeof SECTIONS;

/** What is between the two markers of a section. Throws when it has not one pair of them. */
export function figuresOf(text: string, section: Section): string {
  return splitAt(text, section).figures.trim();
}

/** `text` with all that is between the two markers of a section replaced. Throws when it has not one pair of them. */
export function replaceFigures(text: string, figures: string, section: Section): string {
  const { begin, before, end, after } = splitAt(text, section);
  return `${before}${begin}\n\n${figures.trim()}\n\n${end}${after}`;
}

function splitAt(text: string, section: Section) {
  const begin = `<!-- ${section}: begin, written by \`${SECTIONS[section]} -- --write\` -->`;
  const end = `<!-- ${section}: end -->`;
  const [before, rest, ...more] = text.split(begin);
  const [figures, after, ...ends] = rest?.split(end) ?? [];
  if (before === undefined || figures === undefined || after === undefined || more.length + ends.length > 0)
    throw new Error(`the document must have one line ${begin} and below it one line ${end}`);
  return { begin, before, figures, end, after };
}
