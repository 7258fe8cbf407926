/**
 * Lets V8 inline more than it does by default: the path of an order is made of many small functions, and the default budget per
 * function is spent before their ends are reached. It changes how fast code runs and nothing else
 * (docs/decisions/0013-inlining-budget.md has the measurement).
 */
import { setFlagsFromString } from "node:v8";

let isRaised = false;

/** For the whole process. Call it on the thread that starts the engine's, before that: not while others compile. */
export function raiseInliningBudget(): void {
  if (isRaised) return;
  isRaised = true;
  // Bytes of bytecode: of one callee, and of all callees of one function together. Defaults: 460 and 920.
  setFlagsFromString("--max-inlined-bytecode-size=1000");
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=4000");
}
