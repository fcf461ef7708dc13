#!/usr/bin/env bun
import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { auditCommand } from "./commands/audit.ts";
import { checkCommand } from "./commands/check.ts";
import { completionCommand } from "./commands/completion.ts";
import { edgeCommand } from "./commands/edge.ts";
import { edgesCommand } from "./commands/edges.ts";
import { forgetCommand } from "./commands/forget.ts";
import { healthCommand } from "./commands/health.ts";
import { holdCommand } from "./commands/hold.ts";
import { importCommand } from "./commands/import.ts";
import { kickCommand } from "./commands/kick.ts";
import { liftCommand } from "./commands/lift.ts";
import { logsCommand } from "./commands/logs.ts";
import { moveCommand } from "./commands/move.ts";
import { releaseCommand } from "./commands/release.ts";
import { routeCommand } from "./commands/route.ts";
import { routeApiCommand } from "./commands/route-api.ts";
import { sessionsCommand } from "./commands/sessions.ts";
import { storesCommand } from "./commands/stores.ts";
import { syncCommand } from "./commands/sync.ts";
import { tokenCommand } from "./commands/token.ts";
import { traceCommand } from "./commands/trace.ts";
import { upCommand } from "./commands/up.ts";
import { userCommand } from "./commands/user.ts";
import { EXIT, type Failure } from "./failure.ts";
import { flushLogs } from "./run/open-logs.ts";
import { collectWhenQuiet } from "./run/quiet-collection.ts";

// Each command's module has its options and help; what it runs is imported when it runs, so that a start stays cheap.
const program = new Command("mmp")
  .description("The Messaging Multiplexor: one host name for any number of IMAP and POP3 stores.")
  .version(manifest.version, "-v, --version")
  // An option after a sub-command belongs to the sub-command, even if the command has one of that name.
  .enablePositionalOptions()
  .exitOverride()
  .showHelpAfterError("(mmp --help, or mmp <command> --help, says more)");
const commands = [
  upCommand,
  edgeCommand,
  routeApiCommand,
  syncCommand,
  routeCommand,
  userCommand,
  sessionsCommand,
  kickCommand,
  liftCommand,
  holdCommand,
  releaseCommand,
  moveCommand,
  forgetCommand,
  storesCommand,
  edgesCommand,
  traceCommand,
  auditCommand,
  logsCommand,
  tokenCommand,
  checkCommand,
  importCommand,
  healthCommand,
  completionCommand,
];
/** Sub-commands of sub-commands fail in the same way. */
const inherit = (command: Command, parent: Command): Command => {
  for (const sub of command.copyInheritedSettings(parent).commands) inherit(sub, command);
  return command;
};
for (const make of commands) program.addCommand(inherit(make(), program));

/** How long a reader of the output may take before the process ends without it, in milliseconds. */
const OUTPUT_MS = 1000;

/** Waits until what was printed has left the process: an exit loses what a pipe has not taken yet. */
const outputTaken = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, OUTPUT_MS);
    process.stdout.write("", () => process.stderr.write("", () => resolve()));
  });

/** An error as a line for each of its own, or as JSON where the output is to be JSON. */
const errorText = (message: string, exitCode = EXIT.failure as number): string =>
  process.argv.includes("--json")
    ? JSON.stringify({ error: { message, exitCode } })
    : message.replace(/^/gm, "mmp: ");

void collectWhenQuiet();
try {
  await program.parseAsync();
  await flushLogs();
  process.exit(0);
} catch (error) {
  const { exitCode, code, message } = error as Failure & { code?: string };
  // Commander has printed its own lines already; asking for help is not a failure.
  const fromCommander = code?.startsWith("commander.") === true;
  if (fromCommander) await outputTaken();
  else if (message !== "") console.error(errorText(message, exitCode));
  await flushLogs();
  process.exit(fromCommander && exitCode !== 0 ? EXIT.usage : (exitCode ?? EXIT.failure));
}
