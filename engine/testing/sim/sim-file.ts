/**
 * The contents of one file on the simulated disk: what programs read, and what a power cut would leave of it.
 *
 * Invariants:
 *  1. #bytes is what a reader sees: the page cache. Bytes from #size on are zero.
 *  2. #unsynced holds, for each sector written since the last sync, what lies on the disk in its place.
 *  3. #forgotten holds the same for sectors whose sync failed: as in Linux, the cache shows the new bytes, but takes them for
 *     clean, so that a later sync does not write them.
 */
import type { Dice } from "../flow/dice.ts";

export const SECTOR_BYTES = 512;

const ZERO_SECTOR = new Uint8Array(SECTOR_BYTES);
const FIRST_CAPACITY = 4096;

/** What a power cut did to a file: sectors that kept what was written, that did not, and that did in part. */
export interface SectorFates {
  kept: number;
  lost: number;
  torn: number;
}

export class SimFile {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #size = 0;
  #durableSize = 0;
  readonly #unsynced = new Map<number, Uint8Array>();
  readonly #forgotten = new Map<number, Uint8Array>();

  get size(): number {
    return this.#size;
  }

  copy(): SimFile {
    const copy = new SimFile();
    copy.#bytes = this.#bytes.slice();
    copy.#size = this.#size;
    copy.#durableSize = this.#durableSize;
    // What lies in these maps is never written to.
    for (const [sector, durable] of this.#unsynced) copy.#unsynced.set(sector, durable);
    for (const [sector, durable] of this.#forgotten) copy.#forgotten.set(sector, durable);
    return copy;
  }

  /** Sectors that a power cut may lose. */
  get looseSectors(): number {
    return this.#unsynced.size + this.#forgotten.size;
  }

  /** A view, valid until the next write. */
  get contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  read(bytes: Uint8Array, position: number): number {
    const part = this.#bytes.subarray(position, Math.max(position, Math.min(this.#size, position + bytes.length)));
    bytes.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    this.#reserve(end);
    this.#remember(position, end);
    this.#bytes.set(bytes, position);
    this.#size = Math.max(this.#size, end);
  }

  truncate(): void {
    this.#remember(0, this.#size);
    this.#bytes.fill(0, 0, this.#size);
    this.#size = 0;
  }

  sync(): void {
    this.#unsynced.clear();
    this.#durableSize = this.#size;
  }

  failSync(): void {
    for (const [sector, durable] of this.#unsynced) this.#forgotten.set(sector, durable);
    this.#unsynced.clear();
  }

  /** Flips a bit of what is stored, in the cache as well. */
  flip(bit: number): void {
    const at = bit >>> 3;
    const mask = 1 << (bit & 7);
    this.#bytes[at] = (this.#bytes[at] as number) ^ mask;
    const sector = Math.floor(at / SECTOR_BYTES);
    for (const loose of [this.#unsynced, this.#forgotten]) {
      const durable = loose.get(sector)?.slice();
      if (durable === undefined) continue;
      durable[at % SECTOR_BYTES] = (durable[at % SECTOR_BYTES] as number) ^ mask;
      loose.set(sector, durable);
    }
  }

  /** @param torn Which of the loose sectors, in ascending order, was being written when the power went; -1: none. */
  cutPower(dice: Dice, torn: number): SectorFates {
    const fates = { kept: 0, lost: 0, torn: 0 };
    const loose = [...this.#forgotten, ...this.#unsynced].toSorted(([a], [b]) => a - b);
    for (const [n, [sector, durable]] of loose.entries()) {
      if (n === torn) {
        const cut = dice.between(1, SECTOR_BYTES - 1);
        this.#bytes.set(durable.subarray(cut), sector * SECTOR_BYTES + cut);
        fates.torn++;
      } else if (dice.onceIn(2)) {
        fates.kept++;
      } else {
        this.#bytes.set(durable, sector * SECTOR_BYTES);
        fates.lost++;
      }
    }
    this.#unsynced.clear();
    this.#forgotten.clear();
    this.#settleSize(dice);
    return fates;
  }

  /** The length of a file is written on its own: it may be the old one, the new one, or one on the way. */
  #settleSize(dice: Dice): void {
    const low = Math.min(this.#durableSize, this.#size);
    const high = Math.max(this.#durableSize, this.#size);
    const size = dice.weighted([
      [2, this.#durableSize],
      [2, this.#size],
      [1, Math.min(high, low + dice.below(high - low + SECTOR_BYTES))],
    ]);
    this.#bytes.fill(0, size);
    this.#size = size;
    this.#durableSize = size;
  }

  #reserve(end: number): void {
    if (end <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.ceil(Math.max(end, this.#bytes.length * 2) / SECTOR_BYTES) * SECTOR_BYTES);
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }

  /** Keeps what the disk has in the sectors that are about to be written. */
  #remember(start: number, end: number): void {
    const last = Math.ceil(end / SECTOR_BYTES);
    for (let sector = Math.floor(start / SECTOR_BYTES); sector < last; sector++) {
      if (this.#unsynced.has(sector)) continue;
      this.#unsynced.set(sector, this.#forgotten.get(sector) ?? this.#durableSector(sector));
      this.#forgotten.delete(sector);
    }
  }

  #durableSector(sector: number): Uint8Array {
    const at = sector * SECTOR_BYTES;
    return at >= this.#durableSize ? ZERO_SECTOR : this.#bytes.slice(at, at + SECTOR_BYTES);
  }
}
