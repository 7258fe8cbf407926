/**
 * The engine against its naive twin: the same random commands must make the same events, field by field, and leave the same
 * books. FAIRLEAD_LONG=1 runs twenty times as many.
 */
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Side } from "../protocol/codes.ts";
import type { EngineConfig } from "./engine-config.ts";
import { LVL_ORDER_COUNT, LVL_PRICE, LVL_TOTAL_QTY, NO_LEVEL } from "./price-levels.ts";
import { assertInvariants } from "./testing/book-invariants.ts";
import { commandSequence } from "./testing/command-arbitrary.ts";
import type { EventFields } from "./testing/event-fields.ts";
import { EngineRig, SMALL_ENGINE } from "./testing/engine-rig.ts";
import type { TwinLevel } from "./testing/twin/book-queries.ts";
import { NaiveTwin } from "./testing/twin/naive-twin.ts";

const RUNS = process.env["FAIRLEAD_LONG"] === "1" ? 5000 : 250;
const COMMANDS_PER_RUN = 600;

function levelsOf(rig: EngineRig, bookIndex: number, side: number): TwinLevel[] {
  const { books } = rig.engine.state;
  const { i32, f64 } = books.levels;
  const book = books.at(bookIndex);
  const levels: TwinLevel[] = [];
  for (let level = book.best(side); level !== NO_LEVEL; level = book.nextWorse(level)) {
    levels.push({
      price: i32[level + LVL_PRICE] as number,
      qty: f64[(level >> 1) + LVL_TOTAL_QTY] as number,
      orderCount: i32[level + LVL_ORDER_COUNT] as number,
    });
  }
  return levels;
}

/** `expect` tells differences well, but looks for them slowly. */
function expectSame(events: EventFields[][], expected: EventFields[][]): void {
  if (!isDeepStrictEqual(events, expected)) expect(events).toEqual(expected);
}

function checkAgainstTwin(config: EngineConfig, ringSlots: number): void {
  fc.assert(
    fc.property(commandSequence(COMMANDS_PER_RUN), (commands) => {
      const rig = new EngineRig(config, ringSlots);
      const twin = new NaiveTwin(config);
      for (const command of commands) {
        expectSame(rig.apply(command), twin.apply(command));
        assertInvariants(rig.engine);
      }
      expect(rig.engine.openOrderCount).toBe(twin.openCount);
      expect(rig.engine.endedOrderCount).toBe(twin.endedCount);
      config.instruments.forEach(({ instrumentId }, bookIndex) => {
        for (const side of [Side.Buy, Side.Sell]) {
          expect(levelsOf(rig, bookIndex, side)).toEqual(twin.levels(instrumentId, side));
        }
      });
    }),
    { numRuns: RUNS },
  );
}

const TWO_GATEWAYS = { ...SMALL_ENGINE, gatewayCount: 2, maxSessions: 3 };

test("engine and twin make the same events and books", () => {
  checkAgainstTwin(TWO_GATEWAYS, 256);
});

test("so they do when rings, orders and levels run out all the time", () => {
  checkAgainstTwin({ ...TWO_GATEWAYS, maxOpenOrders: 10, maxEndedOrders: 5, maxPriceLevels: 6, maxSessions: 2 }, 2);
});

test("so they do on a later engine, which remembers no ended orders", () => {
  checkAgainstTwin({ ...TWO_GATEWAYS, engineIndex: 3, maxEndedOrders: 0 }, 16);
});
