import * as ec2 from "aws-cdk-lib/aws-ec2";
import { AGENT_MEMORY_MIB } from "../../config/host-types.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

/** All sessions pass Docker's address translation, so its connection table must hold them all. */
export function userData({ name, access }: DeploymentConfig): ec2.UserData {
  const data = ec2.UserData.forLinux();
  data.addCommands(
    `echo ECS_CLUSTER=${name} >> /etc/ecs/ecs.config`,
    "modprobe nf_conntrack",
    "sysctl -w net.netfilter.nf_conntrack_max=2097152",
    "sysctl -w net.core.somaxconn=65535",
    "echo ECS_ENABLE_TASK_IAM_ROLE=true >> /etc/ecs/ecs.config",
    // Logs are written with the task's permissions, not the host's.
    "echo ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true >> /etc/ecs/ecs.config",
    `echo ECS_RESERVED_MEMORY=${AGENT_MEMORY_MIB} >> /etc/ecs/ecs.config`,
    // Amazon Linux has its packages in S3: no way to the internet is needed.
    "dnf install --assumeyes amazon-cloudwatch-agent",
    `echo '${JSON.stringify(agentConfiguration(name))}' > ${AGENT}/etc/mmp.json`,
    `${AGENT}/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:${AGENT}/etc/mmp.json`,
  );
  if (access.hosts)
    data.addCommands("dnf install --assumeyes amazon-ssm-agent", "systemctl enable --now amazon-ssm-agent");
  return data;
}

/** Folder of the CloudWatch agent. */
const AGENT = "/opt/aws/amazon-cloudwatch-agent";

/** What the CloudWatch agent reports: whether AWS's connection tracking refuses connections, which nothing else shows. */
const agentConfiguration = (namespace: string): object => ({
  metrics: {
    namespace,
    aggregation_dimensions: [["Part"]],
    metrics_collected: {
      ethtool: {
        interface_include: ["*"],
        metrics_include: ["conntrack_allowance_exceeded"],
        append_dimensions: { Part: "hosts" },
      },
    },
  },
});
