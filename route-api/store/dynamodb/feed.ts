import { CLOCK_SLACK_SECONDS, type FeedRecord, type FeedRecords } from "../feed.ts";
import { feedSortKey } from "../keys.ts";
import { TTL_ATTRIBUTE } from "./schema.ts";
import { IS_ABSENT, type Item, keyOf, type Table } from "./table.ts";

/** What a feed's records are kept in, and for how long. */
export interface DynamoFeedOptions {
  table: Table;
  /** The same table, for appending. */
  patient: Table;
  partition: string;
  retentionSeconds: number;
}

/** The records of a feed in DynamoDB. */
export function dynamoFeedRecords({
  table,
  patient,
  partition,
  retentionSeconds,
}: DynamoFeedOptions): FeedRecords {
  const encode = ({ sequence, id, items, writtenAt }: FeedRecord): Item => ({
    ...keyOf(partition, feedSortKey(sequence)),
    id: { S: id },
    items: { S: items },
    writtenAt: { N: `${writtenAt}` },
    [TTL_ATTRIBUTE]: { N: `${writtenAt + retentionSeconds + CLOCK_SLACK_SECONDS}` },
  });

  return {
    async last() {
      const [item] = await table.query({
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: 1,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: partition } },
      });
      return item && decode(item);
    },

    async from(sequence, limit) {
      const items = await table.query({
        ConsistentRead: true,
        Limit: limit,
        KeyConditionExpression: "pk = :pk AND sk >= :sk",
        ExpressionAttributeValues: { ":pk": { S: partition }, ":sk": { S: feedSortKey(sequence) } },
      });
      return items.map(decode);
    },

    async add(record) {
      if (await patient.put(encode(record), IS_ABSENT)) return true;
      // It may be this very record, sent before, whose response was lost.
      const taken = await patient.get(keyOf(partition, feedSortKey(record.sequence)), true);
      return taken?.id?.S === record.id;
    },
  };
}

const decode = ({ sk, id, items, writtenAt }: Item): FeedRecord => ({
  sequence: Number(sk?.S),
  id: id?.S ?? "",
  items: items?.S ?? "",
  writtenAt: Number(writtenAt?.N),
});
