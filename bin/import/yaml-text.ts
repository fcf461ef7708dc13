import { Document, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import type { Draft } from "./draft.ts";

/** Maps that are easiest to read on one line. */
const ONE_LINE = [/^routeStore$/, /^stores\.[^/]+\.(imap|pop3)$/, /^instances\.[^.]+\.storeAdmin$/];

/** The text of mmp.yaml: fields in the order in which they were set, with comments above them. */
export function yamlText({ configuration, comments, source }: Draft): string {
  const document = new Document(configuration);
  document.commentBefore = ` Imported from ${source}. import-report.txt has every setting.`;
  if (isMap(document.contents)) decorate(document.contents, "", comments);
  return document.toString({ lineWidth: 0 });
}

function decorate(map: YAMLMap, path: string, comments: ReadonlyMap<string, string>): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const field = path === "" ? String(key.value) : `${path}.${key.value}`;
    const comment = comments.get(field);
    if (comment !== undefined) key.commentBefore = comment.replace(/^/gm, " ");
    if (isMap(value)) {
      value.flow = ONE_LINE.some((pattern) => pattern.test(field));
      if (!value.flow) decorate(value, field, comments);
    }
    if (isSeq(value)) {
      value.flow = !value.items.some(isMap);
      for (const item of value.items) if (isMap(item)) item.flow = true;
    }
  }
}
