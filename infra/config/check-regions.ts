import type { Fault, Path } from "../../bin/config/mistakes.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Checks that what ARNs name is in the deployment's region, where that is known: AWS uses nothing of another region. */
export function checkRegions(config: DeploymentConfig): Fault[] {
  const { environment, routeApi, secrets, data, image, sizes, logs, alarms } = config;
  const named: [path: Path, arn: string | undefined][] = [
    [["routeApi", "certificate"], routeApi.certificate],
    [["data", "kmsKey"], data.kmsKey],
    [["sizes", "edge", "diskKmsKey"], sizes.edge.diskKmsKey],
    [["logs", "kmsKey"], logs.kmsKey],
    [["logs", "exportTo"], logs.exportTo],
    [["alarms", "kmsKey"], alarms.kmsKey],
    ...alarms.receivers.map(({ endpoint }, index): (typeof named)[number] => [
      ["alarms", "receivers", index, "endpoint"],
      endpoint.startsWith("arn:") ? endpoint : undefined,
    ]),
    [["image", "credentials"], "uri" in image ? image.credentials : undefined],
    ...Object.entries(secrets).flatMap(([name, { arn, kmsKey }]): typeof named => [
      [["secrets", name, "arn"], arn],
      [["secrets", name, "kmsKey"], kmsKey],
    ]),
  ];
  return named.flatMap(([path, arn = ""]) => {
    const [, , , region] = arn.split(":");
    if (environment.region === undefined || region === undefined || region === environment.region) return [];
    return [{ path, text: `is in ${region}, and the deployment in ${environment.region}` }];
  });
}
