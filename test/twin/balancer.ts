/**
 * A TCP balancer that does what an AWS NLB does, as far as an edge notices: client addresses preserved, or PROXY v2 with
 * the header behind the client's first payload; health checks; unhealthy targets and deregistered ones keep their
 * connections; connections that idle are forgotten. Settings as JSON in its first argument, orders on standard input.
 */
import { applyNat, startNat } from "./balancer/nat.ts";
import { listenWithHeader } from "./balancer/proxy-listener.ts";
import type { BalancerSettings, Order, Report } from "./balancer/settings.ts";
import { TargetGroup } from "./balancer/target-group.ts";
import { speak } from "./json-process.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as BalancerSettings;
const say: (report: Report) => void = speak<Order>((order) => {
  const group = groups.find(({ settings: { name } }) => name === order.group);
  if (order.do === "register") group?.register(order.target);
  else group?.deregister(order.target);
});
const groups = settings.groups.map(
  (group) => new TargetGroup(group, settings, say, () => applyNat(settings.address, groups)),
);

startNat(settings.idleSeconds);
for (const group of groups)
  if (group.settings.mode === "proxy")
    await listenWithHeader(group, settings.address, settings.idleSeconds * 1000);
say({ event: "listening" });
