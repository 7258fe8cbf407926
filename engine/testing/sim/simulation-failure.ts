/** A promise that did not hold in a simulated world. */
export class SimulationFailure extends Error {
  override readonly name = "SimulationFailure";
}

/** `what` is a sentence about the rule that is broken. */
export function demand(holds: boolean, what: () => string): void {
  if (!holds) throw new SimulationFailure(what());
}
