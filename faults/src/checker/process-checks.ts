/** Whether a process died by itself, or said that something happened that nobody had thought of. */
import { isBroker, type ProcessLog, type Violation } from "./evidence.ts";

/** Messages of natter's own log that mean a defect. */
const defects = new Set([
  "a frame could not be handled",
  "a reply failed",
  "a session's context cannot be read",
  "message handler failed",
]);
const deadLetter = "an event cannot be recorded, kept as a dead letter";
const fatalLevel = 60;

/** @param mayDropEvents there are events that nobody could record */
export function checkProcess({ name, lines, deaths }: ProcessLog, mayDropEvents: boolean): Violation[] {
  const says = (detail: string): Violation => ({ kind: "crash", ids: [name], detail: `${name} ${detail}` });
  const lost = mayDropEvents ? [] : lines.filter((line) => line.includes(deadLetter));
  return [
    ...lost.map((line): Violation => ({ ...says(line.slice(0, 500)), kind: "lost" })),
    ...deaths.map(says),
    // nats-server has a log of its own kind.
    ...(isBroker(name) ? [] : lines.filter(isBad).map((line) => says(line.slice(0, 500)))),
  ];
}

function isBad(line: string): boolean {
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return level === fatalLevel || (typeof msg === "string" && defects.has(msg));
  } catch {
    // What is not the logger's comes from Node: an exception, or a warning of it.
    return /Error\b|uncaught|unhandled|MaxListenersExceeded|FATAL/i.test(line);
  }
}
