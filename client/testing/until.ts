import { setTimeout as sleep } from "node:timers/promises";

/** Resolves when the condition holds. How long that takes is the machine's business: only the test's own limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}
