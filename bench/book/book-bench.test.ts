import { expect, test } from "vitest";
import { benchBook } from "./book-bench.ts";
import { FLOW_NAMES } from "./flow.ts";

test.each(FLOW_NAMES)(
  "the book benchmark runs %s through both books and verifies what they make of it",
  async (flow) => {
    const size = { count: 10_000, seed: 1, turns: 2, warmPasses: 1, warmShare: 0.5 };
    const result = await benchBook({ flow, ...size });
    expect(result.fairlead.min).toBeGreaterThan(0);
    expect(result.fairleadCold.min).toBeGreaterThan(0);
    expect(result.peer.min).toBeGreaterThan(0);
    expect(result.eventCount, "every command has an event").toBeGreaterThan(size.count);
    expect(result.ratioSpread.min).toBeLessThanOrEqual(result.ratioSpread.max);
  },
);
