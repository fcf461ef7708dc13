/** An architecture that the image is built for. */
export interface Target {
  /** Name in OCI images and in Docker's TARGETARCH. */
  arch: "amd64" | "arm64";
  /** Node's name for it. */
  nodeArch: "x64" | "arm64";
  /** Value of `bun build --target`. */
  bunTarget: string;
  /** The npm package with Bun's executable, of the same version as the package bun. */
  bunPackage: string;
  /** Debian's name for it in library paths. */
  triplet: string;
  /** Path where the executable looks for the dynamic loader. */
  loader: string;
  /** The Debian package with its C library for other architectures. */
  crossPackage: string;
}

export const TARGETS: readonly Target[] = [
  {
    arch: "amd64",
    nodeArch: "x64",
    bunTarget: "bun-linux-x64",
    bunPackage: "@oven/bun-linux-x64",
    triplet: "x86_64-linux-gnu",
    loader: "/lib64/ld-linux-x86-64.so.2",
    crossPackage: "libc6-amd64-cross",
  },
  {
    arch: "arm64",
    nodeArch: "arm64",
    bunTarget: "bun-linux-arm64",
    bunPackage: "@oven/bun-linux-aarch64",
    triplet: "aarch64-linux-gnu",
    loader: "/lib/ld-linux-aarch64.so.1",
    crossPackage: "libc6-arm64-cross",
  },
];
