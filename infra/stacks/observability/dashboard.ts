import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { Metrics } from "./metrics.ts";

const WIDTH = 8;

/** One page: what users see, what the edges depend on, and what they take. */
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
        graph("Sessions per task", all(metrics.sessions)),
        graph("Logins and failures", all(metrics.logins, metrics.loginFailures, metrics.limitedLogins)),
        graph("Failed logins by reason", [metrics.failedLoginsByReason]),
      ],
      [
        graph("Login p99 of the slowest task, seconds", all(metrics.loginP99)),
        graph("Stores: failures before an answer", all(metrics.storeFaults)),
        graph(
          "Stores: hosts avoided, logins waiting",
          all(metrics.storeHostsFailing, metrics.storeLoginsWaiting),
        ),
      ],
      [
        graph(
          "Route cache misses, failed look-ups",
          all(metrics.routeCacheMisses, metrics.routeLookupFailures),
        ),
        graph("Age of the change feed, seconds", all(metrics.feedAge)),
        graph("Sync lag, seconds", [metrics.syncLag]),
      ],
      [
        graph("Route API: requests and errors", [metrics.apiRequests, metrics.apiErrors]),
        graph("Route API: latency p99, seconds", [metrics.apiSeconds]),
        graph("DynamoDB: throttled requests", [metrics.throttles]),
      ],
      [
        graph("Bytes", all(metrics.bytesFromClients, metrics.bytesFromStores)),
        graph("Memory of a task, and what slow clients hold", all(metrics.memory, metrics.heldBytes)),
        graph("Delay of the event loop, seconds", all(metrics.eventLoopDelay)),
      ],
      [
        graph(
          "Open files, and times that there were none left",
          all(metrics.openFiles, metrics.descriptorsExhausted),
        ),
        graph("Lost log lines", all(metrics.logLinesDropped)),
        graph("Days until certificates expire", all(metrics.certificateDays)),
      ],
    ],
  });
}

/** The metrics of all instances. */
const all = (...metrics: Record<string, cloudwatch.Metric>[]): cloudwatch.Metric[] =>
  metrics.flatMap((byInstance) => Object.values(byInstance));
