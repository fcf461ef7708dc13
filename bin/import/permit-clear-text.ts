import { clearText } from "../config/checks/clear-text.ts";
import { fieldName } from "../config/mistakes.ts";
import { Configuration } from "../config/schema.ts";
import { type Draft, todo } from "./draft.ts";

/** Permits what the old configuration sent in clear, and leaves the cure to do. The draft must be valid. */
export function permitClearText(draft: Draft): void {
  const places = clearText(Configuration.parse(draft.configuration));
  for (const [permission, fields] of Map.groupBy(
    places,
    ({ section }) => `${fieldName(section)}.allowClearText`,
  )) {
    const [{ section } = { section: [] }] = fields;
    const permitted = section.reduce<object>((value, key) => Reflect.get(value, key), draft.configuration);
    Reflect.set(permitted, "allowClearText", true);
    draft.comments.set(permission, "As before; remove it once TLS is used.");
    const names = fields.map(({ path }) => fieldName(path)).join(" and ");
    todo(draft, `${names}: passwords are sent in clear, as before. Use TLS, then remove ${permission}.`);
  }
}
