/** A part of a message: its header, its body and its inner parts. */
export interface Part {
  header: string;
  body: string;
  parts: Part[];
}

/** Splits a message or a part into its parts (RFC 2046), as far as demo messages need it. */
export function parsePart(text: string): Part {
  const end = text.indexOf("\r\n\r\n");
  const header = end < 0 ? text : text.slice(0, end + 4);
  const body = end < 0 ? "" : text.slice(end + 4);
  const boundary = /boundary="?([^";\r\n]+)"?/i.exec(field(header, "content-type") ?? "")?.[1];
  if (boundary === undefined) return { header, body, parts: [] };
  const [, ...sections] = `\r\n${body}`.split(`\r\n--${boundary}`);
  const parts = sections
    .filter((section) => !section.startsWith("--"))
    .map((section) => parsePart(section.replace(/^[ \t]*\r\n/, "")));
  return { header, body, parts };
}

/** The value of a header field, unfolded. */
export function field(header: string, name: string): string | undefined {
  const match = new RegExp(`^${name}:[ \\t]*(.*(?:\\r\\n[ \\t].*)*)`, "im").exec(header);
  return match?.[1]?.replace(/\r\n[ \t]/g, " ");
}

/** The fields for which `keep` is true, unchanged, with the empty line that ends a header. */
export function headerFields(header: string, keep: (name: string) => boolean): string {
  const fields = header.match(/^[^\s:]+:.*(?:\r\n[ \t].*)*\r\n/gm) ?? [];
  return `${fields.filter((line) => keep(line.slice(0, line.indexOf(":")).toUpperCase())).join("")}\r\n`;
}
