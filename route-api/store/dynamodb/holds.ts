import { withHold } from "../holds.ts";
import type { EntryStore } from "../store.ts";
import { entryItemKey, entryOf, holdUpdate } from "./entry-item.ts";
import type { Table } from "./table.ts";

/** Holds of entries, by conditional updates. */
export const entryHolds = (table: Table): Pick<EntryStore, "swapHold"> => ({
  async swapHold(entry, hold) {
    const next = withHold(entry, hold, entry.write + 1);
    const { expression, condition } = holdUpdate(entry.write, hold);
    const key = entryItemKey(entry.uuid);
    if (await table.update(key, expression, condition)) return next;
    // It may have been this very update, sent before, whose response was lost.
    const now = entryOf(await table.get(key, true));
    const isThis = now?.write === next.write && JSON.stringify(now.hold) === JSON.stringify(hold);
    return isThis ? next : undefined;
  },
});
