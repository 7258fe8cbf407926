/**
 * Random command sequences for fast-check: what `CommandFlow` makes of a seed, shrunk by leaving out commands. What belongs
 * together is left out together.
 */
import * as fc from "fast-check";
import type { CommandFields } from "./command-fields.ts";
import { CommandFlow, type FlowOptions } from "./flow/command-flow.ts";
import { unitsOf } from "./flow/shrink.ts";

class CommandSequence extends fc.Arbitrary<CommandFields[]> {
  readonly #maxLength: number;
  readonly #options: Omit<FlowOptions, "seed">;

  constructor(maxLength: number, options: Omit<FlowOptions, "seed">) {
    super();
    this.#maxLength = maxLength;
    this.#options = options;
  }

  generate(random: fc.Random): fc.Value<CommandFields[]> {
    const flow = new CommandFlow({ seed: random.nextInt(0, 2 ** 31 - 1), ...this.#options });
    return new fc.Value(flow.take(random.nextInt(1, this.#maxLength)), undefined);
  }

  canShrinkWithoutContext(value: unknown): value is CommandFields[] {
    return Array.isArray(value);
  }

  shrink(commands: CommandFields[]): fc.Stream<fc.Value<CommandFields[]>> {
    return fc.stream(shorterSequences(commands)).map((shorter) => new fc.Value(shorter, undefined));
  }
}

/** Without a half, a quarter, … one of its units, each in every place. */
function* shorterSequences(commands: readonly CommandFields[]): IterableIterator<CommandFields[]> {
  const units = unitsOf(commands);
  for (let length = Math.ceil(units.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = 0; at < units.length; at += length) yield units.toSpliced(at, length).flat();
  }
}

export function commandSequence(
  maxLength: number,
  options: Omit<FlowOptions, "seed"> = {},
): fc.Arbitrary<CommandFields[]> {
  return new CommandSequence(maxLength, options);
}
