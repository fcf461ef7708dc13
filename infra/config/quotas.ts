import { z } from "zod";

/** Target groups that an ECS service registers its tasks with; the limit cannot be raised. */
export const TARGET_GROUPS_PER_SERVICE = 5;

/** Size of a value in Secrets Manager, in bytes; the limit cannot be raised. */
export const SECRET_BYTES = 65_536;

/** Quotas of an account that a deployment may exceed, by their defaults. */
export const DEFAULT_QUOTAS = {
  elasticIps: 5,
  targetsPerZone: 500,
  rulesPerGroup: 60,
  listeners: 50,
} as const;
export type QuotaName = keyof typeof DEFAULT_QUOTAS;

/** What AWS calls them. */
export const QUOTA_NAMES: Record<QuotaName, string> = {
  elasticIps: "EC2-VPC Elastic IPs",
  targetsPerZone: "Targets per Availability Zone per Network Load Balancer",
  rulesPerGroup: "Inbound or outbound rules per security group",
  listeners: "Listeners per Network Load Balancer",
};

const quota = (name: QuotaName) =>
  z.int().min(1).default(DEFAULT_QUOTAS[name]).describe(`${QUOTA_NAMES[name]}.`);

export const Quotas = z.strictObject({
  elasticIps: quota("elasticIps"),
  targetsPerZone: quota("targetsPerZone"),
  rulesPerGroup: quota("rulesPerGroup"),
  listeners: quota("listeners"),
});
export type Quotas = z.infer<typeof Quotas>;
