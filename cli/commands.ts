/** Every command of the executable, in the order of its help text. A command is loaded only when it is run. */
import type { CommandModule } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  /** The `summary` of its module, repeated here so that a list of commands loads none of them. */
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: "serve", summary: "run the venue until it is told to stop", load: () => import("./serve.ts") },
  {
    name: "match",
    summary: "run a file of orders through the engine and print what comes of it",
    load: () => import("./match.ts"),
  },
  {
    name: "journal",
    summary: "check, print or repair the journal of a venue",
    load: () => import("./journal.ts"),
  },
  {
    name: "replay",
    summary: "rebuild the state of a venue from its journal, and look at it",
    load: () => import("./replay.ts"),
  },
  {
    name: "load",
    summary: "send orders at a fixed rate and measure the latency of the answers",
    load: () => import("./load.ts"),
  },
  {
    name: "bench",
    summary: "measure codec, ring, book and wire, each beside something to compare with",
    load: () => import("./bench.ts"),
  },
];
