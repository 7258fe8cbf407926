/**
 * Something outside of Fairlead stands in the way: a port in use, a file that cannot be written, a build that does not run
 * here. The message tells a person all there is to know, so nobody prints its stack.
 */
export class OperatingError extends Error {
  override readonly name = "OperatingError";
}
