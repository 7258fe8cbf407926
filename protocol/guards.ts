/**
 * The guards that durability rests on, by name, so that a test can take one away and show that others then notice. Nothing that
 * a venue can be configured with reaches this: a guard is off only in a process that a test has loaded
 * engine/testing/without-guards.ts into.
 */

export type Guard =
  /** A record, header or snapshot is as it was written. */
  | "crc"
  /** A record follows the one that it was written behind. */
  | "chain"
  /** What was written is on the disk before anybody is told. */
  | "fsync"
  /** A file that was made or renamed is found again after a power cut. */
  | "directoryFsync"
  /** A client order id that was used before is answered, not used again. */
  | "duplicateMemory"
  /** No event leaves before its command is durable. */
  | "holdBack"
  /** One process per data directory. */
  | "lock"
  /** A length that was read is believed only within its bounds. */
  | "sizeCap"
  /** A snapshot is the state that it says it is. */
  | "hashCheck";

const KEY = Symbol.for("fairlead.guardsOff");

interface Switchboard {
  [KEY]?: ReadonlySet<Guard> | undefined;
}

let off = (globalThis as Switchboard)[KEY];

export function isOn(guard: Guard): boolean {
  return off === undefined || !off.has(guard);
}

/** For tests. Threads that start later in this process follow only where it is called in them, too. */
export function takeAway(...guards: readonly Guard[]): void {
  off = guards.length === 0 ? undefined : new Set(guards);
  (globalThis as Switchboard)[KEY] = off;
}
