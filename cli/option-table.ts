/** The kinds of option that a command can have, and what to say of each. */

interface Described {
  readonly help: string;
  /** What stands for the value in the help text; a word in capitals. */
  readonly placeholder?: string;
  readonly short?: string;
  /** Environment variable that is read when the option is not given. */
  readonly env?: string;
  /** Shown as the default where it is decided elsewhere. */
  readonly defaultText?: string;
}

/** Text, not checked here. */
interface StringOption extends Described {
  readonly type: "string";
  readonly default?: string;
}
/** A whole number; `10k` and `1M` are read too. */
interface IntOption extends Described {
  readonly type: "int";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}
/** A time like `500ms`, `10s`, `2m`, `1h`; the value is in milliseconds. */
interface DurationOption extends Described {
  readonly type: "duration";
  /** In milliseconds. */
  readonly default?: number;
}
/** Events per second above 0, like `2500`, `10k`, `1.5M`. */
interface RateOption extends Described {
  readonly type: "rate";
  readonly default?: number;
}
interface BooleanOption extends Described {
  readonly type: "boolean";
}
interface ChoiceOption extends Described {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}
/** Texts, separated by commas or from repeated options. */
export interface ListOption extends Described {
  readonly type: "list";
  readonly default?: readonly string[];
}

export type Option = StringOption | IntOption | DurationOption | RateOption | BooleanOption | ChoiceOption | ListOption;

/** By name without the dashes: `{ "warm-up": { type: "duration", … } }`. */
export type OptionTable = Readonly<Record<string, Option>>;
