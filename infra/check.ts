import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { formatMistake } from "../bin/config/mistakes.ts";
import { readDeployment } from "./read-config.ts";
import { toDo } from "./to-do.ts";

const DNS_TIMEOUT_MS = 2000;

/** The last part of `npm run synth`: says what is left to the operator. */
const { context } = JSON.parse(readFileSync("cdk.json", "utf8")) as { context: { config: string } };
const read = readDeployment(context.config);
if (read.ok) {
  const dns = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  const lines = await toDo(read.value.config, (name) => dns.resolve4(name));
  console.log(`${context.config} is valid.${lines.length === 0 ? "" : " Left to do:"}`);
  for (const line of lines) console.log(`- ${line}`);
} else {
  console.error(read.mistakes.map(formatMistake).join("\n"));
  process.exitCode = 2;
}
