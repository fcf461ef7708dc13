import * as ecs from "aws-cdk-lib/aws-ecs";
import type { EdgeSize } from "../../config/sizes.ts";

/** The platform of a Fargate task: the image's architecture is the same everywhere. */
export const runtimePlatform = (architecture: EdgeSize["architecture"]): ecs.RuntimePlatform => ({
  cpuArchitecture: architecture === "arm64" ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64,
  operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
});
