import type { WriteRequest } from "@aws-sdk/client-dynamodb";
import { edgeKey, sessionKey, sessionSortKey } from "../keys.ts";
import { EDGE_SILENT_MS, type SessionStore, type StoredSession } from "../store.ts";
import { TTL_ATTRIBUTE } from "./schema.ts";
import { type Item, type Key, keyOf, type Table } from "./table.ts";

/** How long items stay that nobody removes, in seconds: no session lasts so long, no edge is silent and comes back. */
const SESSION_SECONDS = 30 * 86_400;
const EDGE_SECONDS = 86_400;
/** Sessions of one account that are read at most. */
const SESSIONS_MAX = 1000;

/** Live sessions in DynamoDB. */
export function dynamoSessions(table: Table): SessionStore {
  const keyOfEdge = (edge: string): Key => keyOf(edgeKey(edge), "edge");

  return {
    async report({ edge, atMs, opened, closed }) {
      const seconds = Math.floor(atMs / 1000);
      const keyOfSession = (account: string, sid: string): Key =>
        keyOf(sessionKey(account), sessionSortKey(sid, edge));
      // By key, since a batch may not name one twice: what was opened and closed since is closed.
      const writes = new Map<string, WriteRequest>();
      for (const session of opened) {
        const key = keyOfSession(session.account, session.sid);
        const Item: Item = {
          ...key,
          session: { S: JSON.stringify(session) },
          edge: { S: edge },
          [TTL_ATTRIBUTE]: { N: `${seconds + SESSION_SECONDS}` },
        };
        writes.set(JSON.stringify(key), { PutRequest: { Item } });
      }
      for (const { account, sid } of closed) {
        const Key = keyOfSession(account, sid);
        writes.set(JSON.stringify(Key), { DeleteRequest: { Key } });
      }
      await table.writeMany([...writes.values()]);
      await table.put({
        ...keyOfEdge(edge),
        atMs: { N: `${atMs}` },
        [TTL_ATTRIBUTE]: { N: `${seconds + EDGE_SECONDS}` },
      });
    },

    async sessionsOf(account, nowMs) {
      const items = await table.query({
        Limit: SESSIONS_MAX,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: sessionKey(account) } },
      });
      const edges = new Set(items.map(({ edge }) => edge?.S ?? ""));
      const reports = await table.getMany([...edges].map(keyOfEdge), false);
      const alive = new Set(
        reports.filter(({ atMs }) => Number(atMs?.N) >= nowMs - EDGE_SILENT_MS).map(({ pk }) => pk?.S),
      );
      return items
        .filter(({ edge }) => alive.has(edgeKey(edge?.S ?? "")))
        .map(({ session }) => JSON.parse(session?.S ?? "") as StoredSession);
    },
  };
}
