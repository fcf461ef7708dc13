/** What a deployment runs, each with a configuration, secrets and a role of its own. */
export type PartName = `edge-${string}` | "route-api" | "sync";

export const edgePart = (instance: string): PartName => `edge-${instance}`;
