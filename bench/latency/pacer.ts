/**
 * The gateway's side of the open loop over rings: writes every command at its time and, between two of them, reads the events.
 * It notes in the command when it was due, not when it was written.
 */
import { CMD_GATEWAY, CMD_RECEIVED_AT } from "../../protocol/record/command-record.ts";
import { FULL, RingProducer } from "../../protocol/ring/ring-producer.ts";
import type { PacerTask } from "../feed/bench-task.ts";
import { writeRow } from "../feed/engine-feed.ts";
import { EventDrain, type PassTally } from "../feed/event-drain.ts";
import { QuietClock } from "./quiet-clock.ts";

const NS_PER_SECOND = 1e9;
const LEAD_NS = 1e6;

export function runPacer(task: PacerTask): readonly PassTally[] {
  const commands = new RingProducer(task.commandRing);
  const drain = new EventDrain(task.eventRing);
  for (let pass = 0; pass <= task.warmPasses; pass++) {
    sendPass(commands, drain, task, pass);
    drain.drainPasses(pass + 1);
  }
  return drain.tallies;
}

/** Session and instrument are those of the engine's side: one of each per pass, in order. */
function sendPass(commands: RingProducer, drain: EventDrain, task: PacerTask, pass: number): void {
  const { columns, commandsPerSecond } = task;
  const { i32, f64 } = commands;
  const intervalNs = NS_PER_SECOND / commandsPerSecond;
  const clock = new QuietClock();
  const due = new Float64Array(1);
  clock.note(due, 0);
  const start = (due[0] as number) + LEAD_NS;
  for (let row = 0; row < columns.count; row++) {
    due[0] = start + row * intervalNs;
    for (; clock.sinceNs(due, 0) < 0; clock.elapsedNs()) drain.poll();
    let base = commands.claim();
    while (base === FULL) {
      drain.poll();
      base = commands.claim();
    }
    writeRow(columns, row, pass, pass + 1, i32, f64, base);
    f64[(base >> 1) + CMD_RECEIVED_AT] = due[0];
    i32[base + CMD_GATEWAY] = 0;
    commands.publish();
  }
}
