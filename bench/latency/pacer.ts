/**
 * The gateway's side of the open loop over rings: writes every command at its time and, between two of them, reads the events.
 * It notes in the command when it was due, not when it was written.
 */
import { CMD_GATEWAY, CMD_RECEIVED_AT } from "../../protocol/record/command-record.ts";
import { FULL, RingProducer } from "../../protocol/ring/ring-producer.ts";
import { nowMs } from "../../protocol/telemetry/clock.ts";
import type { PacerTask } from "../feed/bench-task.ts";
import { writeRow } from "../feed/engine-feed.ts";
import { EventDrain, type PassTally } from "../feed/event-drain.ts";

const MS_PER_SECOND = 1000;
const LEAD_MS = 1;

export function runPacer(task: PacerTask): readonly PassTally[] {
  const commands = new RingProducer(task.commandRing);
  const drain = new EventDrain(task.eventRing);
  for (let pass = 0; pass < task.warmPasses; pass++) {
    sendPass(commands, drain, task, pass, Infinity);
    drain.drainPasses(pass + 1);
  }
  sendPass(commands, drain, task, task.warmPasses, task.commandsPerSecond);
  return drain.drainPasses(task.warmPasses + 1);
}

/** Session and instrument are those of the engine's side: one of each per pass, in order. */
function sendPass(commands: RingProducer, drain: EventDrain, task: PacerTask, pass: number, rate: number): void {
  const { columns } = task;
  const { i32, f64 } = commands;
  const intervalMs = MS_PER_SECOND / rate;
  const start = nowMs() + LEAD_MS;
  for (let row = 0; row < columns.count; row++) {
    const dueAt = start + row * intervalMs;
    while (nowMs() < dueAt) drain.poll();
    let base = commands.claim();
    while (base === FULL) {
      drain.poll();
      base = commands.claim();
    }
    writeRow(columns, row, pass, pass + 1, i32, f64, base);
    f64[(base >> 1) + CMD_RECEIVED_AT] = dueAt;
    i32[base + CMD_GATEWAY] = 0;
    commands.publish();
  }
}
