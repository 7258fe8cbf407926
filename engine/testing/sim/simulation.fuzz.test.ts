/**
 * A thousand simulated worlds (world.ts), each with crashes, power cuts and full disks of its own. `npm run test:long` runs fifty
 * thousand; FAIRLEAD_SEED=n runs one, and a failure prints which.
 */
import { describe, expect, test } from "vitest";
import { World, type WorldReport } from "./world.ts";
import { addCounts, countsText, noCounts } from "./world-counts.ts";

const STEPS = 700;
const WORLDS = process.env["FAIRLEAD_LONG"] === "1" ? 50_000 : 1000;
const WORLDS_PER_TEST = 50;
/** One world in so many is played to the naive twin as well, and one in so many is run twice. */
const WORLDS_PER_TWIN = 5;
const WORLDS_PER_REPETITION = 20;
const TIMEOUT_MS = 600_000;

const chosenSeed = process.env["FAIRLEAD_SEED"];

function run(seed: number): WorldReport {
  return new World({ seed, steps: STEPS, comparesTwin: seed % WORLDS_PER_TWIN === 0 }).run();
}

describe.skipIf(chosenSeed === undefined)("one world", () => {
  test(`keeps its promises, seed ${chosenSeed}`, () => {
    const { counts, fingerprint } = run(Number(chosenSeed));
    console.log(`${countsText(counts)}, fingerprint ${fingerprint}`);
  });
});

describe.skipIf(chosenSeed !== undefined)("simulated worlds", () => {
  const sum = noCounts();
  const batches = Array.from({ length: WORLDS / WORLDS_PER_TEST }, (_, batch) => 1 + batch * WORLDS_PER_TEST);

  test.each(batches)(
    `lose, double and invent nothing, ${WORLDS_PER_TEST} from seed %i`,
    { timeout: TIMEOUT_MS },
    (first) => {
      const otherwise: number[] = [];
      for (let seed = first; seed < first + WORLDS_PER_TEST; seed++) {
        const { counts, fingerprint } = run(seed);
        addCounts(sum, counts);
        if (seed % WORLDS_PER_REPETITION === 0 && run(seed).fingerprint !== fingerprint) otherwise.push(seed);
      }
      expect(otherwise, "seeds that were not the same when they were run again").toEqual([]);
    },
  );

  test("had everything in them", () => {
    console.log(countsText(sum));
    const absent = Object.entries(sum).filter(([, count]) => count === 0);
    expect(absent).toEqual([]);
  });
});
