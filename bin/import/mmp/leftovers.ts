import type { Finding } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";
import { ROWS } from "./rows.ts";
import type { OldConfiguration } from "./services.ts";

/** Lines that no service used: repeated ones, those of other sections or protocols, and unknown ones. */
export function leftovers(
  { shared, serviceList, services }: OldConfiguration,
  used: ReadonlySet<Parameter>,
): Finding[] {
  const files = new Set([...(shared === undefined ? [] : [shared]), ...services.map(({ file }) => file)]);
  return [...files].flatMap(({ parameters }) => {
    const sections = new Set([
      "default",
      ...services.filter(({ file }) => file.parameters === parameters).map(({ section }) => section),
    ]);
    return parameters
      .filter((parameter) => !used.has(parameter) && parameter !== serviceList)
      .map((parameter): Finding => {
        const { place, name } = parameter;
        const note = reason(parameter, parameters, sections);
        return note === undefined ? { place, name, fate: "unknown" } : { place, name, fate: "none", note };
      });
  });
}

/** Why a line has no effect; undefined if its parameter is unknown. */
function reason(
  parameter: Parameter,
  all: readonly Parameter[],
  sections: ReadonlySet<string>,
): string | undefined {
  const isSame = (name: string): boolean => name.toLowerCase() === parameter.name.toLowerCase();
  if (!sections.has(parameter.section))
    return `no service of ServiceList has the section ${parameter.section}`;
  const first = all.find(({ name, section }) => isSame(name) && section === parameter.section);
  if (first !== undefined && first !== parameter)
    return `line ${first.place.line} already sets it, and the first line counts`;
  if (parameter.value === "") return "it is empty, which is the same as not set";
  const rows = ROWS.filter(({ name }) => isSame(name));
  if (rows.length === 0) return undefined;
  const only = rows.find((row) => row.only !== undefined)?.only;
  if (only !== undefined) return `it applies to ${only === "imap" ? "IMAP" : "POP"} only`;
  return "every service sets it in its own file or section";
}
