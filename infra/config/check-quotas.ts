import type { Fault } from "../../bin/config/mistakes.ts";
import { demands } from "./demand.ts";
import { QUOTA_NAMES } from "./quotas.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Checks that the account's quotas suffice. Elastic IPs are left to the operator: the account may use some already. */
export const checkQuotas = (config: DeploymentConfig): Fault[] =>
  demands(config)
    .filter(({ quota, needed }) => quota !== "elasticIps" && needed > config.quotas[quota])
    .map(({ quota, needed, path, use }) => ({
      path,
      text: `needs ${needed} (${use}) where the quota "${QUOTA_NAMES[quota]}" is ${config.quotas[quota]}; if AWS has raised it, set quotas.${quota}`,
    }));
