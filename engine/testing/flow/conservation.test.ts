import { test } from "vitest";
import { SMALL_ENGINE, instrumentOf } from "../engine-rig.ts";
import { NaiveTwin } from "../twin/naive-twin.ts";
import { sumOf } from "../twin/book-queries.ts";
import { CommandFlow } from "./command-flow.ts";
import { Conservation } from "./conservation.ts";

const CONFIG = {
  ...SMALL_ENGINE,
  gatewayCount: 2,
  maxPriceLevels: 256,
  maxInstruments: 6,
  instruments: [1, 2, 3, 4].map((instrumentId) => instrumentOf(instrumentId)),
};
const FLOWS = 20;
const COMMANDS = 600;

test("the twin loses no lot and makes none", () => {
  for (let seed = 1; seed <= FLOWS; seed++) {
    const twin = new NaiveTwin(CONFIG);
    const conservation = new Conservation();
    for (const command of new CommandFlow({ seed, keepsSessions: true }).take(COMMANDS)) {
      conservation.apply(twin.apply(command));
      conservation.assertBalanced(sumOf(twin.openOrders));
    }
  }
});
