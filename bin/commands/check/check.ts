import { z } from "zod";
import { checkHost, expiryWarnings } from "../../config/checks/host.ts";
import { warningsOf } from "../../config/checks/warnings.ts";
import { loadConfiguration, locate } from "../../config/load.ts";
import { formatMistake, type Mistake } from "../../config/mistakes.ts";
import { type Command, configurationFor } from "../../config/needs.ts";
import { Configuration } from "../../config/schema.ts";
import { EXIT, Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import type { Answer } from "./answer.ts";
import { askAll } from "./connect.ts";

export interface CheckOptions {
  config: string;
  connect?: true;
  json?: true;
}

/** Commands that run parts of mmp. */
const PARTS = ["mmp up", "mmp edge", "mmp route-api", "mmp sync"] as const satisfies Command[];

/** Prints the configuration's JSON Schema. */
export const printSchema = (): void =>
  console.log(JSON.stringify(z.toJSONSchema(Configuration, { io: "input" }), null, 2));

/** What was found. */
interface Result {
  mistakes: Mistake[];
  warnings: string[];
  instances: number;
  listeners: number;
  /** By command, the sections that the file lacks for it. */
  lacking: Partial<Record<Command, string[]>>;
  /** With --connect: who answered. */
  answers: Answer[];
}

/** Says what the configuration holds and what it lacks. Throws a Failure if there are mistakes, or if nothing answers. */
export async function check({ config, connect, json }: CheckOptions): Promise<void> {
  const result = await examine(config, connect === true);
  if (json === true)
    console.log(JSON.stringify({ file: config, valid: result.mistakes.length === 0, ...result }));
  else print(config, result);
  const { mistakes, answers } = result;
  if (mistakes.length > 0)
    throw new Failure(json === true ? "" : mistakes.map(formatMistake).join("\n"), EXIT.usage);
  const silent = answers.filter(({ ok }) => !ok);
  if (silent.length > 0)
    throw new Failure(json === true ? "" : silent.map(({ of, text }) => `${of}: ${text}`).join("\n"));
}

async function examine(file: string, connect: boolean): Promise<Result> {
  const none = { warnings: [], instances: 0, listeners: 0, lacking: {}, answers: [] };
  const loaded = loadConfiguration(file);
  if (!loaded.ok) return { ...none, mistakes: loaded.mistakes };
  const { configuration } = loaded;
  const mistakes = locate(file, checkHost(configuration, Date.now()));
  const expired = mistakes.map(({ text }) => text);
  const instances = Object.values(configuration.instances ?? {});
  return {
    mistakes,
    warnings: [
      ...warningsOf(configuration),
      ...expiryWarnings(configuration, Date.now()).filter((warning) => !expired.includes(warning)),
    ],
    instances: instances.length,
    listeners: instances.reduce((sum, instance) => sum + instance.listeners.length, 0),
    lacking: lackingSections(configuration),
    answers: connect ? await askAll(configuration) : [],
  };
}

const lackingSections = (configuration: Configuration): Result["lacking"] =>
  Object.fromEntries(
    PARTS.flatMap((command) => {
      const fitting = configurationFor(configuration, command);
      return "lacking" in fitting ? [[command, fitting.lacking]] : [];
    }),
  );

function print(file: string, { mistakes, warnings, instances, listeners, lacking, answers }: Result): void {
  for (const warning of warnings) console.error(warning);
  if (mistakes.length > 0) return;
  console.log(`${file} is valid: ${counted(instances, "instance")}, ${counted(listeners, "listener")}`);
  for (const [command, sections] of Object.entries(lacking))
    console.log(`It is not enough for ${command}, which needs ${sections.join(" and ")}.`);
  for (const { of, text } of answers.filter(({ ok }) => ok)) console.log(`${of}: ${text}`);
}
