import { randomUUID } from "node:crypto";
import { documentKey } from "../keys.ts";
import type { DocumentStore } from "../store.ts";
import { type Condition, IS_ABSENT, keyOf, type Table } from "./table.ts";

const keyOfDocument = (name: string) => keyOf(documentKey(name), "document");

const hasRevision = (revision: string): Condition => ({
  ConditionExpression: "revision = :revision",
  ExpressionAttributeValues: { ":revision": { S: revision } },
});

/** Documents in DynamoDB. */
export function dynamoDocuments(table: Table): DocumentStore {
  const read: DocumentStore["readDocument"] = async (name) => {
    const item = await table.get(keyOfDocument(name), true);
    if (item?.json?.S === undefined) return undefined;
    return { value: JSON.parse(item.json.S) as unknown, revision: item.revision?.S ?? "" };
  };

  return {
    readDocument: read,

    async swapDocument(name, value, revision) {
      const next = randomUUID();
      const item = { ...keyOfDocument(name), json: { S: JSON.stringify(value) }, revision: { S: next } };
      const condition = revision === undefined ? IS_ABSENT : hasRevision(revision);
      if (await table.put(item, condition)) return next;
      // It may have been this very swap, sent before, whose response was lost.
      return (await read(name))?.revision === next ? next : undefined;
    },
  };
}
