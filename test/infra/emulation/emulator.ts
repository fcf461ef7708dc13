import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../../support/workspace.ts";
import { python } from "../python.ts";

const SERVICES = "server,events,ec2,ecs,elbv2,dynamodb,secretsmanager,awslambda,iam,acm,ssm,route53";

/** moto, or why it is not here. */
export const moto = python("moto", [`moto[${SERVICES}]==5.2.5`]);

/** What became of the resources of the templates. */
export interface Report {
  made: Record<string, number>;
  /** Types that are not emulated. */
  left: Record<string, number>;
  failed: string[];
}

/** AWS as moto emulates it, with templates deployed. */
export interface Emulator {
  endpoint: string;
  report: Report;
  stop(): void;
}

/** Where the emulated account is. */
export const EMULATED_REGION = "eu-central-1";

/** Starts moto and makes the resources of templates by the API calls behind them, stack after stack. */
export async function startEmulator(directory: string, stacks: readonly string[]): Promise<Emulator> {
  const port = await freePort();
  const script = fileURLToPath(new URL("deploy.py", import.meta.url));
  const command = "bin" in moto ? join(moto.bin, "python") : "";
  const args = ["-B", "-W", "ignore", script, String(port), directory, ...stacks];
  const emulator: ChildProcess = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  const report = await new Promise<Report>((resolve, reject) => {
    emulator.on("error", reject);
    emulator.on("close", (code) => reject(new Error(`moto ended with ${code}`)));
    if (emulator.stdout === null) return;
    createInterface(emulator.stdout).on("line", (line) => {
      if (line.startsWith("{")) resolve(JSON.parse(line) as Report);
    });
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    report,
    stop() {
      emulator.stdin?.end();
      emulator.kill();
    },
  };
}
