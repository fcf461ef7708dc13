import { CLOCK_SLACK_SECONDS, type FeedRecord, type FeedRecords } from "../feed.ts";
import { feedSortKey } from "../keys.ts";
import { TTL_ATTRIBUTE } from "./schema.ts";
import { IS_ABSENT, type Item, type Key, keyOf, type Table } from "./table.ts";

/** What a feed's records are kept in, and for how long. */
export interface DynamoFeedOptions {
  table: Table;
  /** The same table, for appending. */
  patient: Table;
  partition: string;
  retentionSeconds: number;
}

/** The records of a feed in DynamoDB. Each gets its expiry when the next one is added, so the newest has none. */
export function dynamoFeedRecords({
  table,
  patient,
  partition,
  retentionSeconds,
}: DynamoFeedOptions): FeedRecords {
  const keyAt = (sequence: number): Key => keyOf(partition, feedSortKey(sequence));
  const encode = ({ sequence, id, previous, items, writtenAt }: FeedRecord): Item => ({
    ...keyAt(sequence),
    id: { S: id },
    ...(previous === undefined ? {} : { previous: { S: previous } }),
    items: { S: items },
    writtenAt: { N: `${writtenAt}` },
  });
  const letExpire = ({ sequence, writtenAt }: FeedRecord): Promise<boolean> =>
    patient.update(keyAt(sequence), "SET #expires = :expires", {
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeNames: { "#expires": TTL_ATTRIBUTE },
      ExpressionAttributeValues: {
        ":expires": { N: `${writtenAt + retentionSeconds + CLOCK_SLACK_SECONDS}` },
      },
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

    async add(record, last) {
      if (!(await patient.put(encode(record), IS_ABSENT))) {
        // It may be this very record, sent before, whose response was lost.
        const taken = await patient.get(keyAt(record.sequence), true);
        if (taken?.id?.S !== record.id) return false;
      }
      if (last !== undefined) await letExpire(last);
      return true;
    },
  };
}

const decode = ({ sk, id, previous, items, writtenAt }: Item): FeedRecord => ({
  sequence: Number(sk?.S),
  id: id?.S ?? "",
  previous: previous?.S,
  items: items?.S ?? "",
  writtenAt: Number(writtenAt?.N),
});
