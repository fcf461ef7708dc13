import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { freePort, PROJECT } from "../workspace.ts";

/** A stand-in for DynamoDB on this machine. */
export interface DynamoDouble {
  endpoint: string;
  /** Absent where it runs in this process. */
  pid?: number;
  close(): Promise<void>;
}

interface Candidate {
  name: string;
  /** Why it cannot run here; undefined: it can. */
  missing: string | undefined;
  start(): Promise<DynamoDouble>;
}

const CACHE = join(PROJECT, "test/.cache/dynamodb-local");
const START_MS = 60_000;
/** A minute's run is over before code that is compiled well, or a collector beside it, has paid. */
const BRIEF_JVM = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/** Both doubles that the contract suite runs against. */
export const doubles: Candidate[] = [
  { name: "dynalite", missing: undefined, start: startDynalite },
  { name: "DynamoDB Local", missing: missingForLocal(), start: startLocal },
];

async function startDynalite(): Promise<DynamoDouble> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function missingForLocal(): string | undefined {
  for (const program of ["java", "mvn"]) {
    if (spawnSync("which", [program]).status !== 0) return `${program} is not installed`;
  }
  return undefined;
}

/** Brings the jars from the Maven registry, once; whole or not at all, whoever else does it meanwhile. */
function fetchLocal(): void {
  const jars = join(CACHE, "jars");
  if (existsSync(jars)) return;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "fetching-"));
  execFileSync("mvn", ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${folder}`], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    renameSync(folder, jars);
  } catch (error) {
    rmSync(folder, { recursive: true });
    if (!existsSync(jars)) throw error;
  }
}

async function startLocal(): Promise<DynamoDouble> {
  fetchLocal();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "mmp-dynamodb-"));
  const java = spawn(
    "java",
    [
      ...BRIEF_JVM,
      "-cp",
      `${CACHE}/jars/*`,
      "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
      "-inMemory",
      "-port",
      `${port}`,
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  const output: string[] = [];
  java.stdout.on("data", (chunk) => output.push(String(chunk)));
  java.stderr.on("data", (chunk) => output.push(String(chunk)));
  const endpoint = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_MS;
  while (!(await answers(endpoint))) {
    if (java.exitCode !== null || Date.now() > deadline)
      throw new Error(`DynamoDB Local: ${output.join("")}`);
  }
  await warmUp(endpoint);
  return {
    endpoint,
    ...(java.pid === undefined ? {} : { pid: java.pid }),
    async close() {
      const gone = new Promise((resolve) => java.once("exit", resolve));
      java.kill();
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

/** The first table takes a new JVM longer on a busy machine than a store waits. */
async function warmUp(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ region: "local", endpoint, credentials });
  const TableName = "warm-up";
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
  await client.send(new DeleteTableCommand({ TableName }));
  client.destroy();
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint);
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return false;
  }
}
