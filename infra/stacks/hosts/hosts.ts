import { Duration, type Stack, Validations } from "aws-cdk-lib";
import * as autoscaling from "aws-cdk-lib/aws-autoscaling";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import type { DeploymentConfig } from "../../config/schema.ts";
import { launchedFrom, machineImage } from "./machine.ts";
import { hostRole } from "./role.ts";
import { userData } from "./user-data.ts";

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
  const { instanceType, diskGiB, diskKmsKey, hosts } = config.sizes.edge;
  const role = hostRole(stack, config);
  const launchTemplate = new ec2.LaunchTemplate(stack, "Host", {
    instanceType: new ec2.InstanceType(instanceType),
    machineImage: machineImage(config.sizes.edge),
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
        volume: ec2.BlockDeviceVolume.ebs(diskGiB, {
          encrypted: true,
          ...(diskKmsKey === undefined ? {} : { kmsKey: kms.Key.fromKeyArn(stack, "DiskKey", diskKmsKey) }),
          volumeType: ec2.EbsDeviceVolumeType.GP3,
        }),
      },
    ],
  });
  for (const group of groups.slice(1)) launchTemplate.addSecurityGroup(group);
  const group = new autoscaling.AutoScalingGroup(stack, "Hosts", {
    vpc,
    vpcSubnets: { subnets: vpc.privateSubnets },
    ...launchedFrom(launchTemplate, config.sizes.edge),
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
  // The rule reads a launch template that stands in the group itself, and not one for several types.
  if (config.sizes.edge.otherInstanceTypes.length > 0)
    Validations.of(group).acknowledge({
      id: "AwsSolutions-EC26",
      reason: "The launch template encrypts the disk.",
    });
  return group;
}
