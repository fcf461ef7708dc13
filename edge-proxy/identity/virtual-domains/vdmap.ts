import { byLine, type FileFault, readSections, type Section } from "../sections.ts";
import { placeKey } from "./find.ts";
import { readProperty } from "./properties.ts";
import { parseServerPlace } from "./server-place.ts";
import type { Overrides, VirtualDomain } from "./virtual-domain.ts";

export type VdmapResult =
  | {
      ok: true;
      domains: VirtualDomain[];
      /** Lines without effect, since an earlier one sets the same; for `mmp check`. */
      ignored: FileFault[];
    }
  /** Every fault, in the order of the file. */
  | { ok: false; faults: FileFault[] };

/**
 * Reads a virtual domain file in the format of 4.0: `vdmap name address`, then `name:property value`. One
 * invalid line rejects the whole file.
 *
 *     parseVdmap("vdmap acme 10.0.0.1\nacme:DefaultDomain acme.example\n")
 */
export function parseVdmap(text: string): VdmapResult {
  const read = readSections("vdmap", text);
  const domains: VirtualDomain[] = [];
  const ignored = [...read.ignored];
  const faults = [...read.faults];
  const places = new Map<string, VirtualDomain>();
  for (const section of read.sections) {
    const place = parseServerPlace(section.argument);
    if (!place.ok) {
      faults.push({ line: section.line, text: place.why });
      continue;
    }
    const { name, line } = section;
    const domain = { name, line, place: place.place, overrides: overridesOf(section, faults) };
    const same = places.get(placeKey(domain.place));
    if (same === undefined) places.set(placeKey(domain.place), domain);
    else
      ignored.push({ line, text: `${section.argument} is already used by ${same.name} (line ${same.line})` });
    domains.push(domain);
  }
  return faults.length === 0 ? { ok: true, domains, ignored } : { ok: false, faults: byLine(faults) };
}

function overridesOf(section: Section, faults: FileFault[]): Overrides {
  const overrides: Overrides = {};
  for (const [key, { line, name, value }] of section.properties) {
    const property = readProperty(key, name, value);
    if (property.ok) Object.assign(overrides, property.overrides);
    else faults.push({ line, text: property.why });
  }
  return overrides;
}
