import type { AutoScalingGroupProps } from "aws-cdk-lib/aws-autoscaling";
import * as autoscaling from "aws-cdk-lib/aws-autoscaling";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type { EdgeSize } from "../../config/sizes.ts";

/** The operator's AMI, or Amazon's for ECS; one that a parameter holds is looked up at each deployment. */
export function machineImage({ ami, architecture }: EdgeSize): ec2.IMachineImage {
  if (ami === undefined) {
    const hardware = architecture === "arm64" ? ecs.AmiHardwareType.ARM : ecs.AmiHardwareType.STANDARD;
    return ecs.EcsOptimizedImage.amazonLinux2023(hardware);
  }
  if (ami.startsWith("/"))
    return ec2.MachineImage.fromSsmParameter(ami, { os: ec2.OperatingSystemType.LINUX });
  return {
    getImage: () => ({
      imageId: ami,
      osType: ec2.OperatingSystemType.LINUX,
      userData: ec2.UserData.forLinux(),
    }),
  };
}

/** Hosts of one type, or on demand of the first of several that a zone has. */
export function launchedFrom(
  launchTemplate: ec2.LaunchTemplate,
  { otherInstanceTypes, ...size }: EdgeSize,
): Pick<AutoScalingGroupProps, "launchTemplate" | "mixedInstancesPolicy"> {
  if (otherInstanceTypes.length === 0) return { launchTemplate };
  return {
    mixedInstancesPolicy: {
      launchTemplate,
      launchTemplateOverrides: [size.instanceType, ...otherInstanceTypes].map((type) => ({
        instanceType: new ec2.InstanceType(type),
      })),
      instancesDistribution: {
        onDemandAllocationStrategy: autoscaling.OnDemandAllocationStrategy.PRIORITIZED,
        onDemandPercentageAboveBaseCapacity: 100,
      },
    },
  };
}
