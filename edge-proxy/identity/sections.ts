/** What is wrong with a file, and where: the first line is 1. */
export interface FileFault {
  line: number;
  text: string;
}

/** A directive and the properties of its name. */
export interface Section {
  line: number;
  name: string;
  argument: string;
  /** By name in lower case. */
  properties: Map<string, Property>;
}

export interface Property {
  line: number;
  /** As written. */
  name: string;
  /** Empty where the line ends behind the name. */
  value: string;
}

export type SectionsResult =
  | { ok: true; sections: Section[]; ignored: FileFault[] }
  | { ok: false; fault: FileFault };

const DIRECTIVE = /^(\S+)[ \t]+(\S+)[ \t]+(.+)$/;
const PROPERTY = /^([^\s:]+):([A-Za-z][A-Za-z0-9-]*)(?:[ \t]+(.*))?$/;

/**
 * Reads a file of the old multiplexor's family: `keyword name argument`, then lines `name:property value`. A `#` begins
 * a comment only as first non-blank character; trailing blanks do not count; keyword and names are case-sensitive,
 * property names are not; of two that say the same the first counts, the other is told in `ignored`. A line of any
 * other kind fails the whole file. No text of a fault repeats a value: it may be a password.
 */
export function readSections(keyword: string, text: string): SectionsResult {
  const sections = new Map<string, Section>();
  const ignored: FileFault[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === "" || content.startsWith("#")) continue;
    const notice = readLine(keyword, content, line, sections);
    if (notice === undefined) continue;
    const told = { line, text: notice.text };
    if (notice.is === "fault") return { ok: false, fault: told };
    ignored.push(told);
  }
  return { ok: true, sections: [...sections.values()], ignored };
}

interface Notice {
  is: "fault" | "ignored";
  text: string;
}

const fault = (text: string): Notice => ({ is: "fault", text });

function readLine(
  keyword: string,
  content: string,
  line: number,
  sections: Map<string, Section>,
): Notice | undefined {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(content)) return fault("holds a control character");
  if (content === keyword || content.startsWith(`${keyword} `) || content.startsWith(`${keyword}\t`)) {
    const [, , name = "", argument = ""] = DIRECTIVE.exec(content) ?? [];
    if (name === "") return fault(`${keyword} needs a name and what it stands for`);
    if (name.includes(":")) return fault(`the name ${JSON.stringify(name)} must not hold a colon`);
    const known = sections.get(name);
    if (known !== undefined) {
      return {
        is: "ignored",
        text: `${keyword} ${name} stands in line ${known.line} already: that one counts`,
      };
    }
    sections.set(name, { line, name, argument, properties: new Map() });
    return undefined;
  }
  const [, name, property, value] = PROPERTY.exec(content) ?? [];
  if (name === undefined || property === undefined) {
    return fault(`is neither "${keyword} name …" nor "name:property value" nor a comment`);
  }
  const section = sections.get(name);
  if (section === undefined) return fault(`no line "${keyword} ${name} …" stands before it`);
  const bare = unquoted(value ?? "");
  if (bare === undefined) return fault(`the value of ${property} has one quote`);
  const known = section.properties.get(property.toLowerCase());
  if (known !== undefined) {
    return {
      is: "ignored",
      text: `${name}:${property} stands in line ${known.line} already: that one counts`,
    };
  }
  section.properties.set(property.toLowerCase(), { line, name: property, value: bare });
  return undefined;
}

/** A value with blanks may stand in quotes; undefined where one of them is missing. */
function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return value;
  return value.length > 1 && value.endsWith('"') ? value.slice(1, -1) : undefined;
}
