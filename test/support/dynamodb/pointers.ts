import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";

/** What leads to an entry in a double's table: `attribute=value` of each pointer, sorted. */
export async function pointersIn(endpoint: string, TableName: string, uuid: string): Promise<string[]> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ region: "local", endpoint, credentials });
  const pages = paginateScan(
    { client },
    {
      TableName,
      ConsistentRead: true,
      FilterExpression: "sk = :uuid AND begins_with(pk, :name)",
      ExpressionAttributeValues: { ":uuid": { S: uuid }, ":name": { S: "NAME#" } },
    },
  );
  const pointers: string[] = [];
  for await (const { Items = [] } of pages) {
    pointers.push(...Items.map(({ pk }) => (pk?.S ?? "").slice("NAME#".length)));
  }
  client.destroy();
  return pointers.sort();
}
