import type { DeploymentConfig } from "../config/schema.ts";
import type { PartName } from "./part-names.ts";

/** Names of the deployment's secrets: parts find them by these, so that no stack depends on another for them. */
export const ownSecret = ({ name }: DeploymentConfig, secret: string): string => `${name}/${secret}`;
export const tokenSecret = (config: DeploymentConfig, token: string): string =>
  ownSecret(config, `token-${token}`);
export const configurationSecret = (config: DeploymentConfig, part: PartName): string =>
  ownSecret(config, `configuration-${part}`);

/** What finds one of the operator's secrets: its ARN, or the name that the deployment gives it. */
export const operatorSecret = (config: DeploymentConfig, secret: string): string =>
  config.secrets[secret]?.arn ?? ownSecret(config, secret);

/** Tokens of the route API: the edges' and the operator's. */
export const tokenNames = ({ routeApi }: DeploymentConfig): string[] => [
  "edge",
  ...routeApi.tokens.map(({ name }) => name),
];
