/** We are wrong, not the client and not the machine: the worker that sees it stops, and nobody catches it in a loop. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** @param message A constant: a template would allocate even when the check passes. States what should be true. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
