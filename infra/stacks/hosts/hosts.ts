import { Duration, type Stack, Validations } from "aws-cdk-lib";
import * as autoscaling from "aws-cdk-lib/aws-autoscaling";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import { AGENT_MEMORY_MIB } from "../../config/host-types.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

/** Disk of a host, used for images only, in GiB. */
const DISK_GIB = 30;

/**
 * EC2 hosts of the edge, as many as its tasks need. A host drains before it is removed: ECS's lifecycle hook delays its
 * termination until its tasks, and so their sessions, have ended.
 */
export function edgeHosts(
  stack: Stack,
  config: DeploymentConfig,
  vpc: ec2.IVpc,
  groups: [ec2.ISecurityGroup, ...ec2.ISecurityGroup[]],
): autoscaling.AutoScalingGroup {
  const { architecture, instanceType, hosts } = config.sizes.edge;
  const hardware = architecture === "arm64" ? ecs.AmiHardwareType.ARM : ecs.AmiHardwareType.STANDARD;
  const role = hostRole(stack, config);
  const launchTemplate = new ec2.LaunchTemplate(stack, "Host", {
    instanceType: new ec2.InstanceType(instanceType),
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(hardware),
    securityGroup: groups[0],
    role: role.withoutPolicyUpdates(),
    userData: userData(config),
    requireImdsv2: true,
    // One hop: a container on the bridge cannot get the host's credentials.
    httpPutResponseHopLimit: 1,
    detailedMonitoring: true,
    blockDevices: [
      {
        deviceName: "/dev/xvda",
        volume: ec2.BlockDeviceVolume.ebs(DISK_GIB, {
          encrypted: true,
          volumeType: ec2.EbsDeviceVolumeType.GP3,
        }),
      },
    ],
  });
  for (const group of groups.slice(1)) launchTemplate.addSecurityGroup(group);
  const group = new autoscaling.AutoScalingGroup(stack, "Hosts", {
    vpc,
    vpcSubnets: { subnets: vpc.privateSubnets },
    launchTemplate,
    minCapacity: hosts.min,
    maxCapacity: hosts.max,
    defaultInstanceWarmup: Duration.minutes(2),
    // ECS lifts it from a host that has no task any more.
    newInstancesProtectedFromScaleIn: true,
    groupMetrics: [autoscaling.GroupMetrics.all()],
  });
  Validations.of(group).acknowledge({
    id: "AwsSolutions-AS3",
    reason: "Hosts come and go with the load; alarms cover what concerns mail.",
  });
  return group;
}

/** All sessions pass Docker's address translation, so its connection table must hold them all. */
function userData({ name }: DeploymentConfig): ec2.UserData {
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

/** The role of the ECS agent and the CloudWatch agent on a host. AWS's managed policy grants more, and on all resources. */
function hostRole(stack: Stack, { name }: DeploymentConfig): iam.Role {
  const cluster = stack.formatArn({ service: "ecs", resource: "cluster", resourceName: name });
  const role = new iam.Role(stack, "HostRole", {
    assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com"),
    inlinePolicies: {
      Agent: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            actions: [
              "ecs:RegisterContainerInstance",
              "ecs:DeregisterContainerInstance",
              "ecs:SubmitAttachmentStateChanges",
              "ecs:SubmitContainerStateChange",
              "ecs:SubmitTaskStateChange",
            ],
            resources: [cluster],
          }),
          new iam.PolicyStatement({
            actions: ["ecs:Poll", "ecs:StartTelemetrySession"],
            resources: ["*"],
            conditions: { ArnEquals: { "ecs:cluster": cluster } },
          }),
          new iam.PolicyStatement({ actions: ["ecs:DiscoverPollEndpoint"], resources: ["*"] }),
          new iam.PolicyStatement({
            actions: ["cloudwatch:PutMetricData"],
            resources: ["*"],
            conditions: { StringEquals: { "cloudwatch:namespace": name } },
          }),
        ],
      }),
    },
  });
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM5[Resource::*]",
    reason:
      "Ids of container instances are not known in advance: a condition restricts them to the cluster; the others do not support resources.",
  });
  return role;
}
