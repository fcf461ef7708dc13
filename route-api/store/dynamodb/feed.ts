import { CLOCK_SLACK_SECONDS, decodeChanges, encodeChanges, type FeedItem, type FeedItems } from "../feed.ts";
import { CHANGE_KEY, changeSortKey } from "../keys.ts";
import { FEED_RETENTION_SECONDS } from "../store.ts";
import { TTL_ATTRIBUTE } from "./schema.ts";
import { IS_ABSENT, type Item, keyOf, type Table } from "./table.ts";

/** The items of the change feed in DynamoDB. `patient` is used for appending. */
export function dynamoFeedItems(table: Table, patient: Table): FeedItems {
  return {
    async last() {
      const [item] = await table.query({
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: 1,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: CHANGE_KEY } },
      });
      return item && decode(item);
    },

    async from(sequence, limit) {
      const items = await table.query({
        ConsistentRead: true,
        Limit: limit,
        KeyConditionExpression: "pk = :pk AND sk >= :sk",
        ExpressionAttributeValues: { ":pk": { S: CHANGE_KEY }, ":sk": { S: changeSortKey(sequence) } },
      });
      return items.map(decode);
    },

    async add(item) {
      if (await patient.put(encode(item), IS_ABSENT)) return true;
      // It may be this very item, sent before, whose response was lost.
      const taken = await patient.get(keyOf(CHANGE_KEY, changeSortKey(item.sequence)), true);
      return taken?.id?.S === item.id;
    },
  };
}

const encode = ({ sequence, id, changes, writtenAt }: FeedItem): Item => ({
  ...keyOf(CHANGE_KEY, changeSortKey(sequence)),
  id: { S: id },
  changes: { S: encodeChanges(changes) },
  writtenAt: { N: `${writtenAt}` },
  [TTL_ATTRIBUTE]: { N: `${writtenAt + FEED_RETENTION_SECONDS + CLOCK_SLACK_SECONDS}` },
});

const decode = ({ sk, id, changes, writtenAt }: Item): FeedItem => ({
  sequence: Number(sk?.S),
  id: id?.S ?? "",
  changes: decodeChanges(changes?.S ?? ""),
  writtenAt: Number(writtenAt?.N),
});
