import type { Document, LineCounter, Node } from "yaml";
import { isMap, isNode, isScalar } from "yaml";
import type { Path } from "./mistakes.ts";

/** Line and column of what a path names: its key if it has one, else the nearest thing around it. */
export function placeOf(
  document: Document,
  lines: LineCounter,
  path: Path,
): { line: number; column: number } {
  for (let length = path.length; length > 0; length--) {
    const node = keyNode(document, path.slice(0, length));
    const start = node?.range?.[0];
    if (start === undefined) continue;
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

function keyNode(document: Document, path: Path): Node | undefined {
  const key = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    return pair !== undefined && isNode(pair.key) ? pair.key : undefined;
  }
  const node = document.getIn([...path], true);
  return isNode(node) ? node : undefined;
}
