/** A kind of machine that the image is built for. */
export interface Target {
  /** As OCI images and Docker's TARGETARCH name it. */
  arch: "amd64" | "arm64";
  /** As Node names it. */
  nodeArch: "x64" | "arm64";
  /** What `bun build --target` wants. */
  bunTarget: string;
  /** The npm package with Bun's executable; its version is that of the package bun. */
  bunPackage: string;
  /** Debian's name of the machine in the paths of libraries. */
  triplet: string;
  /** Where the executable looks for the dynamic loader. */
  loader: string;
  /** Debian's package with this machine's C library for another one. */
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
