/** The same commands make the same bytes: what replay, standby and audit rest on. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteRig } from "./testing/byte-rig.ts";
import { commandSequence } from "./testing/command-arbitrary.ts";
import type { CommandFields } from "./testing/command-fields.ts";
import { SMALL_ENGINE } from "./testing/engine-rig.ts";

function eventsOf(commands: readonly CommandFields[], ringSlots: number): string[] {
  const rig = new ByteRig({ ...SMALL_ENGINE, gatewayCount: 2 }, ringSlots);
  return commands.map((command) => rig.apply(command));
}

test("the same commands make byte-identical events, ids included, however often the engine had to wait", () => {
  fc.assert(
    fc.property(commandSequence(400), (commands) => {
      const events = eventsOf(commands, 256);
      expect(eventsOf(commands, 256)).toEqual(events);
      expect(eventsOf(commands, 2)).toEqual(events);
    }),
    { numRuns: 30 },
  );
});
