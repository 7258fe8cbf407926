/** The flows are fixed: numbers measured with them mean the same everywhere. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { flowTask, takeFlowTurn } from "./book-bench.ts";
import { type Flow, generateFlow } from "./flow.ts";

function hashOf(flow: Flow): string {
  const hash = createHash("sha256");
  for (const column of [flow.op, flow.side, flow.isImmediate, flow.id, flow.price, flow.qty]) hash.update(column);
  return hash.digest("hex").slice(0, 16);
}

const REFERENCES = [
  {
    flow: ["core", 20_000, 1],
    commands: "6cc512590bc788e6",
    outcome: { trades: 1654, volume: 42_280, notional: "8455921054", checksum: 279_883_469, resting: 1002 },
    lots: [24_076, 25_280],
  },
  {
    flow: ["itch", 50_000, 7],
    commands: "3dea869cc91f53a1",
    outcome: { trades: 3994, volume: 100_609, notional: "20121730737", checksum: 1_951_405_784, resting: 10_000 },
    lots: [251_523, 261_156],
  },
  {
    flow: ["deep", 30_000, 3],
    commands: "213a85d0037690dc",
    outcome: { trades: 69, volume: 1670, notional: "334002803", checksum: 1_122_282_941, resting: 29_931 },
    lots: [756_273, 756_644],
  },
] as const;

test.each(REFERENCES)(
  "the $flow.0 flow is the reference flow",
  ({ flow: [name, count, seed], commands, outcome, lots }) => {
    const flow = generateFlow(name, count, seed);
    expect(hashOf(flow)).toBe(commands);
    expect(flow.outcome).toEqual({ ...outcome, bidLots: lots[0], offerLots: lots[1] });
  },
);

test.each(REFERENCES)(
  "the engine makes of the $flow.0 flow what the reference book makes, in every pass, read in another thread",
  async ({ flow: [name, count, seed], outcome }) => {
    const flow = generateFlow(name, count, seed);
    const { tallies } = await takeFlowTurn(flow, flowTask(flow, { warmPasses: 1, warmShare: 1 }));
    expect(tallies).toHaveLength(2);
    for (const tally of tallies) {
      expect(tally).toMatchObject({
        tradeCount: outcome.trades,
        checksum: outcome.checksum,
        canceledAtEnd: outcome.resting,
        faultCount: 0,
        refusedCount: 0,
      });
    }
  },
);

test("a flow whose events are not those of its reference is refused", async () => {
  const flow = generateFlow("core", 2000, 1);
  const wrong = { ...flow, outcome: { ...flow.outcome, checksum: flow.outcome.checksum + 1 } };
  await expect(takeFlowTurn(wrong, flowTask(flow, { warmPasses: 0, warmShare: 1 }))).rejects.toThrow("reference");
});
