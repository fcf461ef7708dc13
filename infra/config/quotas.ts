/** What AWS allows, where no quota can be raised. */

/** Target groups that an ECS service registers its tasks with. */
export const TARGET_GROUPS_PER_SERVICE = 5;

/** Size of a value in Secrets Manager, in bytes. */
export const SECRET_BYTES = 65_536;
