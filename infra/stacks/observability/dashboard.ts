import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { Metrics } from "./metrics.ts";

const WIDTH = 8;

/** One page: sessions, failed logins by reason, and what the edge depends on. */
export function dashboard(
  scope: Construct,
  name: string,
  metrics: Metrics,
  alarms: cloudwatch.Alarm[],
): void {
  const graph = (title: string, left: cloudwatch.IMetric[]) =>
    new cloudwatch.GraphWidget({ title, left, width: WIDTH });
  new cloudwatch.Dashboard(scope, "Dashboard", {
    dashboardName: name,
    widgets: [
      [new cloudwatch.AlarmStatusWidget({ title: "Alarms", alarms, width: WIDTH * 3 })],
      [
        graph("Sessions per task", Object.values(metrics.sessions)),
        graph("Failed logins by reason", [metrics.failedLoginsByReason]),
        graph("Days until certificates expire", Object.values(metrics.certificateDays)),
      ],
      [
        graph("Sync lag, seconds", [metrics.syncLag]),
        graph("Route API: requests and errors", [metrics.apiRequests, metrics.apiErrors]),
        graph("Route API: latency p99, seconds", [metrics.apiSeconds]),
      ],
      [graph("DynamoDB: throttled requests", [metrics.throttles])],
    ],
  });
}
