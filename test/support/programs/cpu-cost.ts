/**
 * Runs commands in turn, several times, and prints as JSON the median of the CPU time that each took, in milliseconds:
 * a machine that is busy, or becomes busy meanwhile, is so for all of them. For Bun, which tells that of a child.
 * Argument: the commands as JSON, each a list of words.
 */
const ROUNDS = 9;

const commands = JSON.parse(process.argv[2] ?? "[]") as string[][];
const costs: number[][] = commands.map(() => []);
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, command] of commands.entries()) {
    const { resourceUsage } = Bun.spawnSync(command, { stdout: "ignore", stderr: "ignore" });
    costs[index]?.push(Number(resourceUsage?.cpuTime.total ?? 0n) / 1000);
  }
}
const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
console.log(JSON.stringify(costs.map(median)));
