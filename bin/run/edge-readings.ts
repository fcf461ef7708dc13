import { readdirSync } from "node:fs";
import type { Edge } from "../../edge-proxy/main.ts";
import { counter, gauge, type MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import { descriptorExhaustions } from "./descriptors.ts";
import { droppedLogLines } from "./logger.ts";

/** All metrics of the edge in this process, and of the process itself. */
export const edgeReadings = (edge: Edge): MetricReading[] => [...edge.metrics(), ...processReadings()];

function processReadings(): MetricReading[] {
  const alone = (value: number): MetricReading["values"] => [{ labels: {}, value }];
  const files = openFiles();
  return [
    gauge("mmp_edge_processes", "Processes that answered this scrape.", alone(1)),
    gauge("mmp_edge_memory_bytes", "Resident memory.", alone(process.memoryUsage().rss)),
    ...(files === undefined ? [] : [gauge("mmp_edge_open_files", "Open file descriptors.", alone(files))]),
    counter(
      "mmp_edge_descriptors_exhausted_total",
      "Times that the process has run out of file descriptors.",
      alone(descriptorExhaustions()),
    ),
    counter(
      "mmp_log_lines_dropped_total",
      "Log lines dropped because they could not be written.",
      alone(droppedLogLines()),
    ),
  ];
}

/** Undefined where the system does not say. */
function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}
