/** The comparison itself: it must be able to find a difference, tell it short, and find none where there is none. */
import { expect, test } from "vitest";
import { ExecType } from "../../../protocol/codes.ts";
import type { CommandFields } from "../command-fields.ts";
import { SMALL_ENGINE, instrumentOf } from "../engine-rig.ts";
import type { EventFields } from "../event-fields.ts";
import type { TwinLevel } from "../twin/book-queries.ts";
import { NaiveTwin } from "../twin/naive-twin.ts";
import type { Place } from "../twin/twin-order.ts";
import { CommandFlow } from "./command-flow.ts";
import { type Contestants, compareOrShrink } from "./comparison.ts";
import type { Subject } from "./subject.ts";

const CONFIG = {
  ...SMALL_ENGINE,
  gatewayCount: 2,
  maxSessions: 3,
  maxPriceLevels: 256,
  maxInstruments: 6,
  instruments: [1, 2, 3, 4].map((instrumentId) => instrumentOf(instrumentId)),
};
const FLOWS = 10;

/** Another twin, with something wrong about its events. */
class TwinSubject implements Subject {
  readonly #twin = new NaiveTwin(CONFIG);
  readonly #tamper: (event: EventFields) => void;

  constructor(tamper: (event: EventFields) => void) {
    this.#tamper = tamper;
  }

  get openCount(): number {
    return this.#twin.openCount;
  }

  get endedCount(): number {
    return this.#twin.endedCount;
  }

  apply(command: CommandFields): EventFields[][] {
    const events = this.#twin.apply(command);
    for (const own of events) own.forEach(this.#tamper);
    return events;
  }

  levels(instrumentId: number, side: number): TwinLevel[] {
    return this.#twin.levels(instrumentId, side);
  }

  queue(instrumentId: number, side: number, place: Place): number[] {
    return this.#twin.queue(instrumentId, side, place);
  }

  assertInvariants(): void {}
}

function play(tamper: (event: EventFields) => void): void {
  const contestants = (): Contestants => ({ subject: new TwinSubject(tamper), twin: new NaiveTwin(CONFIG) });
  for (let seed = 1; seed <= FLOWS; seed++) {
    compareOrShrink(contestants, new CommandFlow({ seed }).take(600), CONFIG);
  }
}

test("a twin agrees with itself, and its events tell its books", () => {
  play(() => {});
});

function overstatePrevention(event: EventFields): void {
  if (event.execType === ExecType.TradePrevented) event.lastQty += 1;
}

test("a single wrong field of a rare event is found and told with a handful of commands", () => {
  let told = "";
  try {
    play(overstatePrevention);
  } catch (error) {
    told = String(error);
  }
  expect(told).toMatch(/lastQty \d+, not \d+/u);
  expect(told.split("\n").length).toBeLessThan(8);
});
