/**
 * How property tests run once per mutant: the same cases each time, for a second and a half at most, and without shrinking,
 * since nobody reads the failure.
 */
import * as fc from "fast-check";

fc.configureGlobal({ seed: 1, endOnFailure: true, interruptAfterTimeLimit: 1500 });
