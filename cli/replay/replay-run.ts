/**
 * The work of `fairlead replay` on one thread: rebuilds states from snapshots and the journal, and looks at them.
 *
 * A state is rebuilt from the newest snapshot that is not beyond it, unless what is asked for lies before: an order's life begins
 * where the order does.
 */
import type { EngineDirectory } from "../../engine/journal/engine-directory.ts";
import type { TornTail } from "../../engine/journal/journal-reader.ts";
import { BEGINNING, type BadSnapshot } from "../../engine/journal/replay.ts";
import { readSnapshot } from "../../engine/journal/snapshot-file.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import { openEngine } from "../journal/data-directory.ts";
import { readOnlyDisk } from "../journal/read-only-disk.ts";
import type { Ladder } from "../match/ladder.ts";
import { type LifeChapter, type LifeStep, type OrderChoice, OrderLife } from "./order-life.ts";
import { ReplayEngine, type ReplayLimit, type ReplayOutcome, type ReplayWatch, isBeyond } from "./replay-engine.ts";
import { type StatePicture, type StateSummary, laddersOf, summaryOf, takePicture } from "./state-picture.ts";

export { THE_END, type ReplayLimit } from "./replay-engine.ts";
export type { LifeChapter, LifeStep, OrderChoice } from "./order-life.ts";
export type { OpenOrder, StatePicture, StateSummary } from "./state-picture.ts";

export interface RunSettings {
  readonly dataDirectory: string;
  readonly engine: number;
  /** Apply every command from the first one on. */
  readonly fromStart: boolean;
  readonly progress: (commands: number) => void;
}

export interface Rebuilt {
  /** Sequence number of the snapshot that it began with; 0: without one. */
  readonly beganWith: number;
  readonly badSnapshots: readonly BadSnapshot[];
  readonly commands: number;
  readonly elapsedMs: number;
  readonly torn: TornTail | undefined;
  readonly summary: StateSummary;
}

export interface OrderStory extends Rebuilt {
  /** What was known of the order at the snapshot that the replay had to begin with. */
  readonly beginning: LifeStep | undefined;
  /** Orders that were found. */
  readonly orderCount: number;
}

/** The state at that point. @throws OperatingError where the journal does not reach so far. */
export function rebuild(settings: RunSettings, limit: ReplayLimit): Rebuilt & { readonly ladders: readonly Ladder[] } {
  const run = new Run(settings);
  const began = run.begin(snapshotBefore(run.directory, run.genesisId, limit));
  const outcome = run.replay(limit, {});
  const { engine } = run.replayEngine;
  return { ...began, ...outcome, summary: summaryOf(engine), ladders: laddersOf(engine) };
}

/** The states at two points, of which the first is not beyond the second. */
export function rebuildTwo(
  settings: RunSettings,
  first: ReplayLimit,
  second: ReplayLimit,
): { first: StatePicture; second: StatePicture; badSnapshots: readonly BadSnapshot[] } {
  const run = new Run(settings);
  const { engine } = run.replayEngine;
  const began = run.begin(snapshotBefore(run.directory, run.genesisId, first));
  let picture: StatePicture | undefined;
  run.replay(second, {
    before: (_, f64) => {
      if (picture === undefined && isBeyond(first, f64)) picture = takePicture(engine);
    },
  });
  const last = takePicture(engine);
  return { first: picture ?? last, second: last, badSnapshots: began.badSnapshots };
}

/** @param tell Gets what each command did to the order, in order. */
export function tellLife(
  settings: RunSettings,
  limit: ReplayLimit,
  choice: OrderChoice,
  tell: (chapter: LifeChapter) => void,
): OrderStory {
  const run = new Run(settings);
  const { engine } = run.replayEngine;
  const began = run.begin(snapshotBeforeOrder(run.directory, run.genesisId, choice));
  const life = new OrderLife(engine, choice, tell);
  const beginning = began.beganWith === 0 ? undefined : life.beginning();
  const outcome = run.replay(limit, {
    before: (i32, f64) => life.before(i32, f64),
    event: (i32, f64, base) => life.event(i32, f64, base),
    after: () => life.after(),
  });
  return { ...began, ...outcome, summary: summaryOf(engine), beginning, orderCount: life.orderCount };
}

class Run {
  readonly directory: EngineDirectory;
  readonly genesisId: number;
  readonly replayEngine: ReplayEngine;
  readonly #settings: RunSettings;
  #point = BEGINNING;

  constructor(settings: RunSettings) {
    const { directory, genesis } = openEngine(readOnlyDisk, settings.dataDirectory, settings.engine);
    this.directory = directory;
    this.genesisId = genesis.id;
    this.replayEngine = new ReplayEngine(readOnlyDisk, directory, genesis);
    this.#settings = settings;
  }

  /** @param upTo Sequence number of the latest snapshot that will do. */
  begin(upTo: number): Pick<Rebuilt, "beganWith" | "badSnapshots"> {
    const { point, bad } = this.replayEngine.begin(this.#settings.fromStart ? 0 : upTo);
    this.#point = point;
    return { beganWith: point.sequence, badSnapshots: bad };
  }

  replay(limit: ReplayLimit, watch: ReplayWatch): ReplayOutcome {
    const { engine } = this.replayEngine;
    const begin = this.#point.sequence;
    const progress = (sequence: number): void => this.#settings.progress(sequence - begin);
    const outcome = this.replayEngine.replay(this.#point, limit, { ...watch, progress });
    if (limit.sequence === Infinity || engine.sequence >= limit.sequence) return outcome;
    throw new OperatingError(
      `the journal of ${this.directory.root} ends with command ${engine.sequence}; name a point up to there, found ${limit.sequence}`,
    );
  }
}

/** Sequence number of the newest snapshot that is not beyond the point; Infinity: any will do. */
function snapshotBefore(directory: EngineDirectory, genesisId: number, { sequence, time }: ReplayLimit): number {
  if (time === Infinity) return sequence;
  const fits = (candidate: number): boolean => {
    const file = readSnapshot(readOnlyDisk, directory, genesisId, candidate);
    return typeof file !== "string" && file.point.time <= time;
  };
  return directory.snapshotSequences(readOnlyDisk).findLast(fits) ?? 0;
}

/**
 * Sequence number of a snapshot that was made before the order existed: the newest such one where the engine's id is known, else the
 * oldest that the journal goes on from.
 */
function snapshotBeforeOrder(directory: EngineDirectory, genesisId: number, choice: OrderChoice): number {
  const first = directory.segments(readOnlyDisk)[0] ?? 1;
  const usable = directory.snapshotSequences(readOnlyDisk).filter((sequence) => sequence + 1 >= first);
  const oldest = first === 1 ? 0 : (usable[0] ?? 0);
  if (!("orderId" in choice)) return oldest;
  const isBefore = (sequence: number): boolean => lastOrderIdIn(directory, genesisId, sequence) < choice.orderId;
  return usable.findLast(isBefore) ?? oldest;
}

/** Infinity for a snapshot that cannot be read. */
function lastOrderIdIn(directory: EngineDirectory, genesisId: number, sequence: number): number {
  const file = readSnapshot(readOnlyDisk, directory, genesisId, sequence);
  if (typeof file === "string") return Infinity;
  const region = file.snapshot.regions.find(({ name }) => name === "last order id");
  if (region === undefined) return Infinity;
  return new Float64Array(region.words.slice().buffer)[0] ?? Infinity;
}
