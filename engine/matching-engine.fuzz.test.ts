/**
 * The engine against its naive twin: the same random commands must make the same events, field by field, and leave the same
 * books. A million commands a run; with FAIRLEAD_LONG=1 a hundred million. A failure tells its seed and a short sequence that
 * still fails; FAIRLEAD_SEED=n plays the flows from that seed on.
 */
import * as fc from "fast-check";
import { test } from "vitest";
import { commandSequence } from "./testing/command-arbitrary.ts";
import { instrumentOf, SMALL_ENGINE } from "./testing/engine-rig.ts";
import { CommandFlow, type FlowOptions } from "./testing/flow/command-flow.ts";
import { type Contestants, Divergence, compareOrShrink } from "./testing/flow/comparison.ts";
import { EngineSubject } from "./testing/flow/subject.ts";
import { NaiveTwin } from "./testing/twin/naive-twin.ts";

const SCALE = process.env["FAIRLEAD_LONG"] === "1" ? 100 : 1;
const COMMANDS_PER_FLOW = 600;
/** The same flows in every run of the gate, so that it tells about the change at hand; others in every long run. */
const FIRST_SEED = Number(process.env["FAIRLEAD_SEED"] ?? (SCALE === 1 ? 1 : Date.now() % 1_000_000_000));
/** For the slowest machine and a hundred times the commands. */
const TIMEOUT_MS = 180_000 * SCALE;

const ROOMY = {
  ...SMALL_ENGINE,
  gatewayCount: 2,
  maxSessions: 3,
  maxPriceLevels: 256,
  maxInstruments: 6,
  instruments: [1, 2, 3, 4].map((instrumentId) => instrumentOf(instrumentId)),
};
const TIGHT = { ...ROOMY, maxOpenOrders: 10, maxEndedOrders: 5, maxSessions: 2 };
const LATER = { ...ROOMY, engineIndex: 3, maxEndedOrders: 0 };

function contestants(config: typeof ROOMY, ringSlots: number): Contestants {
  return { subject: new EngineSubject(config, ringSlots), twin: new NaiveTwin(config) };
}

function play(config: typeof ROOMY, ringSlots: number, commandCount: number, options: Omit<FlowOptions, "seed">): void {
  const flowCount = (commandCount * SCALE) / COMMANDS_PER_FLOW;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + flowCount; seed++) {
    const commands = new CommandFlow({ seed, engineIndex: config.engineIndex, ...options }).take(COMMANDS_PER_FLOW);
    try {
      const { gatewayCount } = config;
      const { keepsSessions = false } = options;
      compareOrShrink(() => contestants(config, ringSlots), commands, { gatewayCount, keepsSessions });
    } catch (error) {
      throw new Divergence(`FAIRLEAD_SEED=${seed}: ${String(error)}`, { cause: error });
    }
  }
}

test("engine and twin make the same events and books of everything", { timeout: TIMEOUT_MS }, () => {
  play(ROOMY, 256, 500_000, {});
});

test("so they do while sessions stay, and no lot is lost", { timeout: TIMEOUT_MS }, () => {
  play(ROOMY, 256, 100_000, { keepsSessions: true });
});

test("so they do when rings and orders run out all the time", { timeout: TIMEOUT_MS }, () => {
  play(TIGHT, 2, 150_000, {});
});

test("so they do on a later engine, which remembers no ended orders", { timeout: TIMEOUT_MS }, () => {
  play(LATER, 16, 100_000, {});
});

test("so they do with plain orders alone", { timeout: TIMEOUT_MS }, () => {
  play(ROOMY, 256, 100_000, { isPlain: true });
});

test("so they do when price levels run out too", { timeout: TIMEOUT_MS }, () => {
  play({ ...TIGHT, maxPriceLevels: 6 }, 2, 100_000, { isPlain: true });
});

test("so they do in sequences that fast-check draws and shrinks", { timeout: TIMEOUT_MS }, () => {
  fc.assert(
    fc.property(commandSequence(COMMANDS_PER_FLOW), (commands) =>
      compareOrShrink(() => contestants(ROOMY, 256), commands, ROOMY),
    ),
    { numRuns: 50 * SCALE, endOnFailure: true },
  );
});
