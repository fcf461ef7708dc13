/** `npm run capacity`: recalculates the tables of docs/capacity.md and docs/deploy.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { PARTS, withPart } from "./pages.ts";

for (const { page, part, write } of PARTS) {
  const file = new URL(`../../docs/${page}`, import.meta.url);
  writeFileSync(file, withPart(readFileSync(file, "utf8"), part, await write()));
}
