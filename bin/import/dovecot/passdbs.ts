import type { Place } from "../finding.ts";
import { lastOf, type Setting, sectionsOf } from "./doveconf.ts";

/** A passdb: where Dovecot finds users. */
export interface Passdb {
  place: Place;
  driver: string;
  /** `args` of version 2.3: what they mean depends on the driver. */
  args: string;
  /** Fields that all of its users have, as `name=value`. */
  fields: string[];
  settings: Setting[];
}

/** The passdbs, those of protocols too, in the form of version 2.3 (`driver =`) or 2.4 (`passdb driver {`). */
export function passdbsOf(settings: readonly Setting[]): Passdb[] {
  const within = sectionsOf(settings, "protocol").flatMap(({ section }) => sectionsOf(section, "passdb"));
  return [...sectionsOf(settings, "passdb"), ...within].map(({ place, label, section }) => {
    const driver = lastOf(section, "driver")?.value ?? label.split(/\s+/)[0] ?? "";
    const args = lastOf(section, "args")?.value ?? "";
    const lists = ["default_fields", "override_fields"].map((name) => lastOf(section, name)?.value ?? "");
    if (driver === "static") lists.push(args);
    const fields = [
      ...lists.flatMap((list) => list.split(/\s+/).filter((word) => word !== "")),
      ...["fields", "default_fields", "override_fields"].flatMap((name) =>
        sectionsOf(section, name).flatMap((inner) => inner.section.map((one) => `${one.name}=${one.value}`)),
      ),
    ];
    return { place, driver, args, fields, settings: section };
  });
}
