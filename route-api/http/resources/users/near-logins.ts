/** Names that are looked up for an unknown one, at most. */
export const NEAR_LOOK_UPS_MAX = 60;
/** Of these, names in other domains, at most. */
const DOMAINS_MAX = 20;

/** Characters that are taken for one another. */
const CONFUSED = ["0o", "1li", "5s", "8b", "2z", "iy", "ckq", "vw", "uv", "mn", "dt", "bp", "._-"];
/** Rows of a keyboard: a finger that slips hits a neighbour. */
const ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/**
 * Login names that somebody may have meant by one that is unknown, likeliest first, at most NEAR_LOOK_UPS_MAX: the same
 * local part in a known domain, then the local part with one edit. No list of all edits: that would be over 50 for each
 * character.
 *
 *     nearLogins("alcie@example.com", ["example.org"])   // ["alcie@example.org", "lacie@example.com", …]
 */
export function nearLogins(login: string, domains: readonly string[]): string[] {
  const at = login.lastIndexOf("@");
  const local = at < 0 ? login : login.slice(0, at);
  const domain = at < 0 ? "" : login.slice(at);
  const elsewhere = domains.slice(0, DOMAINS_MAX).map((known) => `${local}@${known.toLowerCase()}`);
  const edited = edits(local).map((edit) => edit + domain);
  return [...new Set([...elsewhere, ...edited])].filter((name) => name !== login).slice(0, NEAR_LOOK_UPS_MAX);
}

/** One edit each: swapped, left out and doubled characters, then those that are easily mistaken or lie side by side. */
function edits(local: string): string[] {
  const characters = [...local];
  const spliced = (index: number, removed: number, ...inserted: string[]): string =>
    characters.toSpliced(index, removed, ...inserted).join("");
  const swapped = characters
    .slice(1)
    .map((second, index) => spliced(index, 2, second, characters[index] ?? ""));
  const shortened = characters.map((_, index) => spliced(index, 1));
  const doubled = characters.map((one, index) => spliced(index, 0, one));
  const replaced = (by: (one: string) => string[]): string[] =>
    characters.flatMap((one, index) => by(one).map((other) => spliced(index, 1, other)));
  return [...swapped, ...shortened, ...doubled, ...replaced(confusedWith), ...replaced(besideOf)].filter(
    (edit) => edit !== "",
  );
}

const confusedWith = (one: string): string[] =>
  CONFUSED.filter((group) => group.includes(one)).flatMap((group) => [...group.replace(one, "")]);

const besideOf = (one: string): string[] =>
  ROWS.flatMap((row) => {
    const at = row.indexOf(one);
    return at < 0 ? [] : [row[at - 1], row[at + 1]].filter((other) => other !== undefined);
  });
