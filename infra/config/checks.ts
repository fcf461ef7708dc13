import { checkClearText } from "../../bin/config/checks/clear-text.ts";
import type { Fault } from "../../bin/config/mistakes.ts";
import { checkClients } from "./check-clients.ts";
import { checkImage } from "./check-image.ts";
import { checkInstances } from "./check-instances.ts";
import { checkIssued } from "./check-issued.ts";
import { checkNetwork } from "./check-network.ts";
import { checkQuotas } from "./check-quotas.ts";
import { checkRegions } from "./check-regions.ts";
import { checkSizes } from "./check-sizes.ts";
import { fileReferences, normal } from "./file-references.ts";
import type { DeploymentConfig } from "./schema.ts";
import { filesOf } from "./secrets.ts";

/** Checks what the schema cannot: settings that depend on each other, and combinations that AWS refuses. */
export const checkDeployment = (config: DeploymentConfig): Fault[] => [
  ...checkFiles(config),
  ...checkSecrecy(config),
  ...checkNetwork(config),
  ...checkTable(config),
  ...checkRegions(config),
  ...checkDomain(config),
  ...checkImage(config),
  ...checkTokens(config),
  ...checkInstances(config),
  ...checkClients(config),
  ...checkSizes(config),
  ...checkQuotas(config),
  ...checkReceivers(config),
  ...checkIssued(config),
];

const checkReceivers = ({ alarms: { email, receivers } }: DeploymentConfig): Fault[] =>
  email.length + receivers.length > 0
    ? []
    : [{ path: ["alarms"], text: "needs email or receivers: otherwise nobody hears of an alarm" }];

/** The edges reach the route API over TLS always; the rest is as in mmp.yaml. */
const checkSecrecy = ({ stores, directory, routeApi: { jwt } }: DeploymentConfig): Fault[] =>
  checkClearText({ stores, directory, routeApi: { url: [], jwt } });

/** Files that the deployment brings itself. */
const RESERVED = /^(tokens\/|mmp\.yaml$|amazon-root-cas\.pem$)/;

/** Every file that is named comes from one secret, or is listed in `files`. */
function checkFiles(config: DeploymentConfig): Fault[] {
  const faults: Fault[] = config.files.flatMap((file, index) =>
    RESERVED.test(normal(file))
      ? [{ path: ["files", index], text: `${file} is reserved for the deployment` }]
      : [],
  );
  const brought = new Map(config.files.map((file) => [file.replace(/^(\.\/)+/, ""), "files"]));
  const instances = Object.keys(config.instances);
  for (const [name, secret] of Object.entries(config.secrets)) {
    if (secret.existing && secret.arn !== undefined)
      faults.push({ path: ["secrets", name, "existing"], text: "cannot be combined with arn" });
    for (const [index, instance] of secret.instances.entries()) {
      if (instances.includes(instance)) continue;
      const text = `there is no instance ${instance}; there are: ${instances.join(", ")}`;
      faults.push({ path: ["secrets", name, "instances", index], text });
    }
    for (const [key, file] of filesOf(secret)) {
      const path = ["secrets", name, ...("file" in secret ? ["file"] : ["files", key])];
      const other = brought.get(file);
      if (other !== undefined) faults.push({ path, text: `${file} is already provided by ${other}` });
      if (RESERVED.test(file)) faults.push({ path, text: `${file} is reserved for the deployment` });
      brought.set(file, `secrets.${name}`);
    }
  }
  for (const { path, file } of fileReferences(config)) {
    if (!brought.has(file))
      faults.push({ path, text: `${file} is provided by no secret and is not in files` });
  }
  return faults;
}

function checkTable({ environment: { region }, data }: DeploymentConfig): Fault[] {
  const { replicas, existing, kmsKey } = data;
  const fault = (field: keyof typeof data, text: string): Fault => ({ path: ["data", field], text });
  const faults: Fault[] = [];
  if (kmsKey !== undefined && region === undefined)
    faults.push(
      fault("kmsKey", "needs environment.region to be set, because the table names the key by its region"),
    );
  if (replicas.length === 0) return faults;
  if (region === undefined)
    faults.push(fault("replicas", "need environment.region to be set, so that it is not listed twice"));
  else if (replicas.includes(region))
    faults.push(fault("replicas", `must not contain ${region}, where the table itself is`));
  if (existing) faults.push(fault("replicas", "cannot be added to an existing table"));
  if (kmsKey !== undefined)
    faults.push(fault("kmsKey", "cannot be combined with replicas: each would need a key of its own"));
  return faults;
}

function checkDomain({ domain: { hostedZone }, loadBalancers, routeApi }: DeploymentConfig): Fault[] {
  const faults: Fault[] = [];
  const isInside = (name: string): boolean =>
    hostedZone !== undefined && `.${name}`.endsWith(`.${hostedZone.name}`);
  for (const [name, { hostName, record }] of Object.entries(loadBalancers)) {
    if (record === "none" || (hostName !== undefined && isInside(hostName))) continue;
    faults.push({
      path: ["loadBalancers", name, "record"],
      text: "needs hostName, inside domain.hostedZone",
    });
  }
  if (routeApi.certificate === undefined && !isInside(routeApi.hostName)) {
    faults.push({
      path: ["routeApi", "hostName"],
      text: "must be inside domain.hostedZone, or routeApi.certificate must be set",
    });
  }
  return faults;
}

function checkTokens({ routeApi: { tokens } }: DeploymentConfig): Fault[] {
  const seen = new Set(["edge"]);
  return tokens.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      { path: ["routeApi", "tokens", index, "name"], text: `${name} is already the name of another token` },
    ];
  });
}
