import type { Construct } from "constructs";
import { sizeOf } from "../../config/sizes.ts";
import { edgeServices } from "../../parts/edge-services.ts";
import { edgePart } from "../../parts/part-names.ts";
import type { Deployment } from "../../read-config.ts";
import { deployedVpc } from "../common/deployed-network.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { publishedLog } from "../common/log-group.ts";
import { publish } from "../common/references.ts";
import { partRuntime } from "../common/task.ts";
import { addListeners } from "./listeners.ts";
import { edgePlacement } from "./placement.ts";
import { edgeService } from "./service.ts";

/**
 * The edges of one instance: services, target groups and the load balancers' listeners, so that CloudFormation replaces
 * them in the right order, and a fault in one instance stops no other.
 */
export class EdgeStack extends DeployedStack {
  constructor(scope: Construct, deployment: Deployment, instance: string) {
    const { config } = deployment;
    const part = edgePart(instance);
    super(scope, part, config, `edge proxies of ${instance}`);
    const size = sizeOf(config.sizes, instance);
    const vpc = deployedVpc(this, config, ...(size.capacity === "fargate" ? (["private"] as const) : []));
    const services = edgeServices(config, instance);
    const runtime = partRuntime(this, part, deployment, publishedLog(this, config, "edge"));
    const placement = edgePlacement(this, config, vpc, size, services);
    for (const service of services) {
      const targets = addListeners(this, config, vpc, size, service.targets);
      const made = edgeService(this, { deployment, runtime, placement, size, service, targets });
      publish(this, config, `service-${service.name}`, made.serviceName);
    }
  }
}
