import { readFileSync } from "node:fs";
import type { DeploymentConfig } from "../config/schema.ts";

/** The file with Amazon's CAs, beside an edge's mmp.yaml. */
export const AMAZON_CAS = "amazon-root-cas.pem";

/**
 * The roots of Amazon Trust Services, under which ACM issues: AWS asks those who pin to take all of them, because it may
 * renew under another one at any time.
 */
const PEM = readFileSync(new URL("amazon-root-cas.pem", import.meta.url), "utf8");

/** Whether ACM issues the certificate of the route API's load balancer for this deployment. */
const isIssued = ({ routeApi }: DeploymentConfig): boolean =>
  routeApi.certificate === undefined && routeApi.caFile === undefined;

/** The CAs that edges trust for the route API, and no others; nothing if only the operator knows who issued its certificate. */
export const pinnedCas = (config: DeploymentConfig): { caFile?: string } => {
  const caFile = isIssued(config) ? AMAZON_CAS : config.routeApi.caFile;
  return caFile === undefined ? {} : { caFile };
};

/** The public files of a deployment, with those that it adds itself. */
export const withPinnedCas = (
  config: DeploymentConfig,
  publicFiles: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> =>
  isIssued(config) ? new Map([...publicFiles, [AMAZON_CAS, PEM]]) : publicFiles;
