/**
 * Ends a venue under load, over and over on one data directory, and checks each time that everything that anybody was told is so
 * (ledger-check.ts), and that a venue which starts then comes back to exactly that state.
 *
 *   start ─► log on ─► ask again for old orders ─► trade ─► the end ─► read the journal ─► start …
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogoutReason } from "../../../protocol/codes.ts";
import { Dice } from "../../../engine/testing/flow/dice.ts";
import type { ProcessEnd, ServerProcess, StartOptions } from "../server-process.ts";
import { startCrashVenue } from "./crash-venue.ts";
import { Crowd } from "./crowd.ts";
import { type CrashCounts, DirectoryCheck } from "./directory-check.ts";
import { inTime } from "./in-time.ts";
import { Ledger } from "./ledger.ts";

/** How one life of the venue is to end. */
export interface Death {
  /** "killed": by a signal. "failed": it ends itself, tells its clients why, and its exit code is not 0. */
  readonly way: "killed" | "failed";
  /** Frames that clients are told before the end is brought about; absent: it comes by itself. */
  readonly afterTold?: number;
  /** How it is brought about; absent: SIGKILL. */
  readonly cause?: () => Promise<void>;
  /** Done when it has ended, before its files are looked at. */
  readonly afterwards?: () => Promise<void>;
  /** Killed this long after the start, ready or not; absent: not before it is ready. */
  readonly afterMs?: number;
  /** Started with what may end it at any time. */
  readonly options?: StartOptions;
  /** Requests that each session has under way; absent: many. */
  readonly window?: number;
}

const WINDOW = 40;
/** Between the frame that was waited for and the end. */
const MAX_LAG_MS = 4;

export class CrashRun {
  readonly dice: Dice;
  readonly dataDirectory: string;
  readonly #ownDirectory: string | undefined;
  readonly #seed: number;
  readonly #counts: CrashCounts;
  readonly #check: DirectoryCheck;
  readonly #crowd: Crowd;
  #life = 0;
  #venue: ServerProcess | undefined;

  /** @param dataDirectory Absent: one of its own, which is gone after {@link end}. */
  constructor(seed: number, counts: CrashCounts, dataDirectory?: string) {
    this.dice = new Dice(seed);
    this.#ownDirectory = dataDirectory === undefined ? mkdtempSync(join(tmpdir(), "fairlead-crash-")) : undefined;
    this.dataDirectory = dataDirectory ?? this.#ownDirectory ?? "";
    this.#seed = seed;
    this.#counts = counts;
    this.#check = new DirectoryCheck(this.dataDirectory, counts);
    this.#crowd = new Crowd(seed);
  }

  /** From a start to the end and its check. A failure tells how to see it again. */
  async live(death: Death): Promise<void> {
    this.#life++;
    try {
      this.#venue = await this.#start(death);
      const ledger = this.#venue === undefined ? new Ledger() : await this.#trade(this.#venue, death);
      await death.afterwards?.();
      this.#check.check(ledger);
    } catch (error) {
      const where = `FAIRLEAD_SEED=${this.#seed}: life ${this.#life}`;
      throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
    }
  }

  async end(): Promise<void> {
    this.#venue?.signal("SIGKILL");
    await this.#venue?.ended;
    if (this.#ownDirectory !== undefined) rmSync(this.#ownDirectory, { recursive: true, force: true });
  }

  /** undefined: it ended before it was ready, as it was meant to. */
  async #start({ way, afterMs, options }: Death): Promise<ServerProcess | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const onSpawn = (kill: () => void): void => {
      if (afterMs !== undefined) timer = setTimeout(kill, afterMs);
    };
    try {
      const venue = await startCrashVenue(this.dataDirectory, { ...options, onSpawn, endsByItself: way === "failed" });
      void venue.ended.then(() => clearTimeout(timer));
      return venue;
    } catch (error) {
      const isMeant = (afterMs !== undefined || options !== undefined) && isEndOf(way, (error as Error).message);
      if (!isMeant) throw error;
      this.#counts.earlyEnds++;
      return undefined;
    }
  }

  async #trade(venue: ServerProcess, death: Death): Promise<Ledger> {
    const crowd = this.#crowd;
    await crowd.enter(venue, (session) => this.#check.openOrdersOf(session));
    crowd.trade(venue, death.window ?? WINDOW);
    if (death.afterTold !== undefined && (await crowd.told(death.afterTold))) await this.#bringAbout(venue, death);
    else this.#counts.endedByThemselves++;
    const end = await inTime("the end of the venue", venue.ended);
    await crowd.gone();
    checkEnd(death, end, crowd.logoutReasons);
    return crowd.ledger;
  }

  async #bringAbout(venue: ServerProcess, { cause }: Death): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.dice.below(MAX_LAG_MS)));
    if (cause === undefined) venue.signal("SIGKILL");
    else await cause();
  }
}

/** Whether a start that came to nothing did so in this way; the text is that of ServerProcess. */
function isEndOf(way: Death["way"], message: string): boolean {
  return way === "killed" ? message.includes("exit code null ") : message.includes("exit code 1 ");
}

function checkEnd({ way }: Death, { code, signal }: ProcessEnd, logoutReasons: readonly number[]): void {
  const isRight = way === "killed" ? signal === "SIGKILL" : code !== null && code !== 0;
  if (!isRight) throw new Error(`it ended with code ${code} and signal ${signal}`);
  const untold = logoutReasons.filter((reason) => reason !== LogoutReason.StorageFailed);
  if (way === "failed" && untold.length > 0) {
    throw new Error(`it ended and told ${untold.length} of its clients something else, or nothing: ${untold.join()}`);
  }
}
