/** Checks a data directory each time that its venue has ended: against what was told, and that it can be come back from. */
import { JournalFollower } from "../../../engine/testing/crash/journal-follower.ts";
import type { TwinOrder } from "../../../engine/testing/twin/twin-order.ts";
import { JournaledLife } from "./ledger-check.ts";
import type { Ledger } from "./ledger.ts";

export interface CrashCounts {
  cycles: number;
  /** That ended before the venue was ready. */
  earlyEnds: number;
  /** That ended by what had been injected, before they were told to. */
  endedByThemselves: number;
  commands: number;
  framesTold: number;
  tornTails: number;
  /** Recoveries that began with a snapshot. */
  snapshots: number;
}

export function noCounts(): CrashCounts {
  return { cycles: 0, earlyEnds: 0, endedByThemselves: 0, commands: 0, framesTold: 0, tornTails: 0, snapshots: 0 };
}

export class DirectoryCheck {
  readonly #follower: JournalFollower;
  readonly #life = new JournaledLife();
  readonly #counts: CrashCounts;

  /** @param counts Gets what is found. */
  constructor(dataDirectory: string, counts: CrashCounts) {
    this.#follower = new JournalFollower(dataDirectory);
    this.#counts = counts;
  }

  /** As of the last check. */
  openOrdersOf(name: string): TwinOrder[] {
    return (this.#follower.twin?.openOrders ?? []).filter(({ session }) => session.name === name);
  }

  /** @param ledger Of the life that has just ended. */
  check(ledger: Ledger): void {
    const counts = this.#counts;
    const before = this.#follower.sequence;
    this.#life.begin();
    const torn = this.#follower.follow(this.#life);
    this.#life.check(ledger);
    counts.cycles++;
    counts.commands += this.#follower.sequence - before;
    counts.framesTold += ledger.toldCount;
    counts.tornTails += torn === undefined ? 0 : 1;
    counts.snapshots += this.#checkRecovery() ? 1 : 0;
  }

  /** @returns whether it begins with a snapshot. */
  #checkRecovery(): boolean {
    const { sequence, stateHash } = this.#follower;
    const recovered = this.#follower.recovered();
    if (recovered === undefined) return false;
    if (recovered.sequence !== sequence || recovered.stateHash !== stateHash) {
      throw new Error(`it comes back as ${JSON.stringify(recovered)}, not at ${sequence} with ${stateHash}`);
    }
    return recovered.snapshotSequence !== 0;
  }
}
