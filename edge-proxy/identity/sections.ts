/** A mistake in a file, and its line, from 1. */
export interface FileFault {
  line: number;
  text: string;
}

/** In the order of the file. */
export const byLine = (faults: readonly FileFault[]): FileFault[] =>
  faults.toSorted((a, b) => a.line - b.line);

/** A directive and the properties that belong to its name. */
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
  /** Empty if nothing follows the name. */
  value: string;
}

export interface Sections {
  sections: Section[];
  /** Lines that a valid file may have and that have no effect. */
  ignored: FileFault[];
  /** Lines of no known kind. */
  faults: FileFault[];
}

const DIRECTIVE = /^(\S+)[ \t]+(\S+)[ \t]+(.+)$/;
const PROPERTY = /^([^\s:]+):([A-Za-z][A-Za-z0-9-]*)(?:[ \t]+(.*))?$/;

/**
 * Reads a file of the old multiplexor's family: `keyword name argument`, then lines `name:property value`. A `#` begins
 * a comment only as the first non-blank character; trailing blanks are ignored; keyword and names are case-sensitive,
 * property names are not; of duplicates the first counts, the others are listed in `ignored`. Lines of
 * any other kind are listed in `faults`, whose texts never repeat a value, which may be a password.
 */
export function readSections(keyword: string, text: string): Sections {
  const sections = new Map<string, Section>();
  const ignored: FileFault[] = [];
  const faults: FileFault[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === "" || content.startsWith("#")) continue;
    const notice = readLine(keyword, content, line, sections);
    if (notice === undefined) continue;
    (notice.is === "fault" ? faults : ignored).push({ line, text: notice.text });
  }
  return { sections: [...sections.values()], ignored, faults };
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
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(content)) return fault("contains a control character");
  if (content === keyword || content.startsWith(`${keyword} `) || content.startsWith(`${keyword}\t`)) {
    const [, , name = "", argument = ""] = DIRECTIVE.exec(content) ?? [];
    if (name === "") return fault(`${keyword} needs a name and an argument`);
    if (name.includes(":")) return fault(`the name ${JSON.stringify(name)} must not contain a colon`);
    const known = sections.get(name);
    if (known !== undefined) {
      return {
        is: "ignored",
        text: `${keyword} ${name} is already set in line ${known.line}, which takes precedence`,
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
  if (section === undefined) return fault(`there is no line "${keyword} ${name} …" before it`);
  const bare = unquoted(value ?? "");
  if (bare === undefined) return fault(`the value of ${property} has an unmatched quote`);
  const known = section.properties.get(property.toLowerCase());
  if (known !== undefined) {
    return {
      is: "ignored",
      text: `${name}:${property} is already set in line ${known.line}, which takes precedence`,
    };
  }
  section.properties.set(property.toLowerCase(), { line, name: property, value: bare });
  return undefined;
}

/** A value with blanks may be quoted; undefined where a quote is unmatched. */
function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return value;
  return value.length > 1 && value.endsWith('"') ? value.slice(1, -1) : undefined;
}
