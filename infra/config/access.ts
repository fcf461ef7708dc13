import { z } from "zod";

/** Ways into what runs, through AWS Systems Manager; whoever may use them is decided by IAM. */
export const AccessConfig = z.strictObject({
  hosts: z
    .boolean()
    .default(false)
    .describe(
      "Sessions on hosts by SSM Session Manager: who has one can read secrets and mail of all sessions.",
    ),
  tasks: z
    .boolean()
    .default(false)
    .describe(
      "Commands in tasks by ECS Exec; their root file system is then writable. The image holds mmp and no shell.",
    ),
});
export type AccessConfig = z.infer<typeof AccessConfig>;
