/** What writes a part of a page in docs/, and the word that its markers begin with. */
const SECTIONS = {
  bench: "npm run bench",
  routes: "npm run bench:routes",
  many: "npm run bench:many",
  conformance: "npm run conformance",
} as const;
export type Section = keyof typeof SECTIONS;

/** `text` with all that is between the two markers of a section replaced. Throws when it has not one pair of them. */
export function replaceFigures(text: string, figures: string, section: Section): string {
  const begin = `<!-- ${section}: begin, written by \`${SECTIONS[section]} -- --write\` -->`;
  const end = `<!-- ${section}: end -->`;
  const [before, rest, ...more] = text.split(begin);
  const [old, after, ...ends] = rest?.split(end) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length + ends.length > 0)
    throw new Error(`the document must have one line ${begin} and below it one line ${end}`);
  return `${before}${begin}\n\n${figures.trim()}\n\n${end}${after}`;
}
