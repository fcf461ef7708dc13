import type { Fault } from "../../bin/config/mistakes.ts";
import type { DeploymentConfig } from "./schema.ts";
import { filesOf, issuedSecrets } from "./secrets.ts";

/** Checks that ACM can validate the certificates that it is to issue, and that their secrets are the deployment's own. */
export const checkIssued = (config: DeploymentConfig): Fault[] =>
  issuedSecrets(config).flatMap(({ secret, hostNames }) => {
    const path = ["secrets", secret, "acm"];
    const settings = config.secrets[secret];
    const faults: Fault[] = [];
    if (settings?.arn !== undefined) faults.push({ path, text: "cannot be combined with arn" });
    const members = settings === undefined ? [] : filesOf(settings).map(([member]) => member);
    if (members.sort().join() !== "certificate,key")
      faults.push({ path: ["secrets", secret, "files"], text: "must be certificate and key, with acm" });
    const zone = config.domain.hostedZone?.name;
    for (const [index, name] of hostNames.entries())
      if (zone === undefined || !`.${name}`.endsWith(`.${zone}`))
        faults.push({ path: [...path, "hostNames", index], text: "must be inside domain.hostedZone" });
    return faults;
  });
