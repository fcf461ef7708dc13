import { LOGIN_FAILURES } from "../../edge-proxy/protocol/login-failures.ts";
import { type Meaning, REFUSALS } from "../../edge-proxy/protocol/refusal-codes.ts";
import { KNOWN_TEXTS } from "../../edge-proxy/protocol/refusal-texts.ts";

/** What only the session does, beside what the client gets. */
const MORE: Partial<Record<Meaning, string>> = {
  moved: "; first, the route is asked for anew, and its store tried, once",
  "method-refused": "; first, the next way to log in is tried",
};

/** What a store says, what the client gets, and whether it counts: a table in Markdown, from the tables in the code. */
export const refusalTable = (): string =>
  [
    "| The store says | The client gets | Failed login | In the log |",
    "| --- | --- | --- | --- |",
    ...(Object.keys(REFUSALS) as Meaning[]).map(row),
  ].join("\n");

function row(meaning: Meaning): string {
  const { failure, code } = REFUSALS[meaning];
  const { imap, pop3, counts } = LOGIN_FAILURES[failure];
  const hears = `\`${status(imap)}\`, \`-ERR ${status(pop3)}\`${MORE[meaning] ?? ""}`;
  return `| ${saysOf(meaning)} | ${hears} | ${counts ? "yes" : "no"} | \`store-${code}\` |`;
}

/** The status and code of an answer, without its text. */
const status = (answer: string): string => /^(?:NO |BAD )?(?:\[[^\]]*\])?/.exec(answer)?.[0] ?? "";

function saysOf(meaning: Meaning): string {
  const { imap, pop3 } = REFUSALS[meaning];
  const codes = [...imap.map((code) => `\`NO [${code}]\``), ...pop3.map((code) => `\`-ERR [${code}]\``)];
  const texts = KNOWN_TEXTS.filter(({ means }) => means === meaning).flatMap(({ examples }) =>
    examples.map(([server, text]) => `“${text}” (${server})`),
  );
  const others = meaning === "unclear" ? ["none of these words"] : [];
  return [codes.join(", "), texts.join(", "), ...others].filter((part) => part !== "").join("; ");
}

const BEGIN = "<!-- What stores say: generated from edge-proxy/protocol by `npm run docs` -->\n";
const END = "\n<!-- end -->";

/** A page with the table put in anew. */
export function withRefusalTable(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error("the page has no place for the table");
  return page.slice(0, begin + BEGIN.length) + refusalTable() + page.slice(end);
}
