import { readdirSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { expect, test } from "vitest";
import { commandTree, everyCommand } from "../../../../bin/commands/completion/command-tree.ts";

const folder = new URL("../../../../bin/commands/", import.meta.url);

/** A program of every file that exports a command. */
async function program(): Promise<Command> {
  const all = new Command("mmp").exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
    const exported = (await import(new URL(name, folder).href)) as Record<string, unknown>;
    for (const [key, make] of Object.entries(exported))
      if (key.endsWith("Command") && typeof make === "function") all.addCommand(inheriting(make(), all));
  }
  return all;
}

const inheriting = (command: Command, parent: Command): Command => {
  for (const sub of command.copyInheritedSettings(parent).commands) inheriting(sub, command);
  return command;
};

const paths = everyCommand(commandTree(await program()))
  .map(({ path }) => path.split(" ").slice(1))
  .filter((path) => path.length > 0);

test("finds the commands", () => {
  expect(paths.map((path) => path.join(" "))).toEqual(
    expect.arrayContaining(["up", "user", "token create", "sync status", "completion"]),
  );
});

test.each(paths.map((path) => [path.join(" "), path] as const))(
  "mmp %s refuses an option that it lacks, and its help is plain text",
  async (_, path) => {
    const one = await program();
    const asked = one.parseAsync(["node", "mmp", ...path, "--no-such-option"]);
    // A reason that is missing is missed first.
    const code = expect.stringMatching(/^commander\.(unknownOption|missingMandatoryOptionValue)$/);
    await expect(asked).rejects.toMatchObject({ code });
    await expect(asked).rejects.toBeInstanceOf(CommanderError);
    const found = path.reduce(
      (at: Command | undefined, name) => at?.commands.find((sub) => sub.name() === name),
      one,
    );
    const help = found?.helpInformation() ?? "";
    expect(help).toContain(`Usage: mmp ${path.join(" ")}`);
    expect(help).not.toContain("\u001b");
  },
);
