/** How a load balancer finds a target unhealthy: a minute, so that a short stall sends nobody elsewhere. */
export const TARGET_HEALTH = { intervalSeconds: 10, healthy: 2, unhealthy: 6 } as const;

/**
 * How ECS finds a container unhealthy, and replaces its task: only after minutes, because that ends thousands of sessions.
 * A process that ends is noticed at once, without it.
 */
export const CONTAINER_HEALTH = {
  intervalSeconds: 30,
  timeoutSeconds: 20,
  retries: 5,
  startSeconds: 60,
} as const;
