/** Prints what the route API is asked, second by second, when it comes back after ten minutes: 200 edges, 2,000 logins a second. */
import { simulateRecovery } from "./recovery.ts";

const OUTAGE_SECONDS = 600;
const BEFORE_SECONDS = 240;
const { asked, failed, followedSeconds } = simulateRecovery({
  edges: 200,
  logins: 10,
  regulars: 300,
  newShare: 0.01,
  beforeSeconds: BEFORE_SECONDS,
  outageSeconds: OUTAGE_SECONDS,
  afterSeconds: 60,
});
const inSecond = (counts: readonly number[], second: number): number =>
  counts.slice(second * 10, second * 10 + 10).reduce((sum, each) => sum + each, 0);

console.log("| Seconds after the outage | Look-ups | Polls | Connections |");
console.log("| ---: | ---: | ---: | ---: |");
for (const after of [-OUTAGE_SECONDS - 1, 0, 1, 2, 3, 4, 5, 10, 15, 20, 30, 45, 59]) {
  const second = BEFORE_SECONDS + OUTAGE_SECONDS + after;
  const counts = [asked["look-up"], asked.poll, asked.connection].map((all) => inSecond(all, second));
  console.log(`| ${after < 0 ? "before it" : after} | ${counts.join(" | ")} |`);
}
console.log({ failed, followedSeconds });
