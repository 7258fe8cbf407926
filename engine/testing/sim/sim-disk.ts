/**
 * A disk for tests, with what real ones do when the power fails: of the sectors written since a file's last sync each may be
 * there, be lost, or (one of them) be there in part; of the names changed since a directory's last sync each may be the old or
 * the new one. It can be full, refuse a call with any error, and lose a bit of what it keeps.
 *
 * All that chance decides is drawn from the dice that the caller gives: equal calls leave equal bytes.
 */
import { dirname } from "node:path";
import { assert } from "../../../protocol/assert.ts";
import { isOn } from "../../../protocol/guards.ts";
import type { Disk, DiskFile } from "../../storage/disk.ts";
import type { Dice } from "../flow/dice.ts";
import { SimFile } from "./sim-file.ts";
import { DIRECTORY, SimNames } from "./sim-names.ts";

export const DISK_OPERATIONS = ["open", "read", "write", "sync", "rename", "remove", "syncDirectory"] as const;
export type DiskOperation = (typeof DISK_OPERATIONS)[number];

/** What a power cut left of the sectors and names that were not durable. */
export interface PowerCut {
  readonly keptSectors: number;
  readonly lostSectors: number;
  readonly tornSectors: number;
  readonly lostNames: number;
}

export interface FaultChoice {
  /** 1, the default: the next call. */
  readonly nth?: number;
  /** Only calls with a path that contains this count. */
  readonly pathPart?: string;
}

interface Fault {
  readonly operation: DiskOperation;
  readonly code: string;
  readonly pathPart: string;
  callsLeft: number;
}

/** Of a write in which the process dies. */
const DEATH: Fault = { operation: "write", code: "death", pathPart: "", callsLeft: 0 };

class DiskError extends Error {
  readonly code: string;

  constructor(code: string, operation: string, path: string) {
    super(`${code}: ${operation} '${path}'`);
    this.code = code;
  }
}

/** Thrown by every call once the process has died in one: no code, as nobody is there who could read it. */
export class ProcessDeath extends Error {
  override readonly name = "ProcessDeath";
}

export class SimDisk implements Disk {
  /** Bytes that its files can have together. A call that needs more fails with ENOSPC, after writing a part. */
  capacityBytes = Infinity;
  /** Calls so far, those that failed among them. */
  readonly counts = Object.fromEntries(DISK_OPERATIONS.map((name) => [name, 0])) as Record<DiskOperation, number>;
  #names = new SimNames();
  #faults: Fault[] = [];
  /** Counts the lives of the process: files that an earlier one opened are closed. */
  #life = 0;
  /** Calls until the process dies in one; Infinity: it does not. */
  #callsToDeath = Infinity;

  get life(): number {
    return this.#life;
  }

  /** Another disk in the same state, without the faults that wait. */
  copy(): SimDisk {
    const copy = new SimDisk();
    copy.#names = this.#names.copy();
    copy.capacityBytes = this.capacityBytes;
    return copy;
  }

  /** The process dies, and the machine goes on: its files are closed, and nothing is lost. */
  endProcess(): void {
    this.#life++;
    this.#callsToDeath = Infinity;
  }

  /** The process dies in its nth call from now: that throws a ProcessDeath, and so do all after it. A write is done in part. */
  dieIn(calls: number): void {
    this.#callsToDeath = calls;
  }

  get isDead(): boolean {
    return this.#callsToDeath <= 0;
  }

  /** The machine dies too, and comes back with what was durable and a part of the rest. Faults that wait are gone. */
  cutPower(dice: Dice): PowerCut {
    this.endProcess();
    this.#faults = [];
    const files = this.#names.files().map(([, file]) => file);
    let torn = dice.below(2 * files.reduce((sum, file) => sum + file.looseSectors, 1));
    const sectors = { kept: 0, lost: 0, torn: 0 };
    for (const file of files) {
      const { looseSectors } = file;
      const fates = file.cutPower(dice, torn);
      torn -= looseSectors;
      sectors.kept += fates.kept;
      sectors.lost += fates.lost;
      sectors.torn += fates.torn;
    }
    const lostNames = this.#names.cutPower(dice);
    return { keptSectors: sectors.kept, lostSectors: sectors.lost, tornSectors: sectors.torn, lostNames };
  }

  /** Makes one call fail. A write that fails has written the first half; a sync that fails loses what it was for, silently. */
  failNext(operation: DiskOperation, code: string, { nth = 1, pathPart = "" }: FaultChoice = {}): void {
    this.#faults.push({ operation, code, pathPart, callsLeft: nth });
  }

  clearFaults(): void {
    this.#faults = [];
  }

  /** Flips one bit at rest. */
  flip(path: string, bit: number): void {
    this.#file(path, "flip").flip(bit);
  }

  /** A copy of every file, in the order of their paths. */
  dump(): [path: string, bytes: Uint8Array][] {
    return this.#names.files().map(([path, file]) => [path, file.contents.slice()]);
  }

  get usedBytes(): number {
    return this.#names.files().reduce((sum, [, { size }]) => sum + size, 0);
  }

  list(directory: string): string[] {
    if (this.#names.get(directory) !== DIRECTORY) throw new DiskError("ENOENT", "list", directory);
    return this.#names.in(directory);
  }

  makeDirectory(directory: string): void {
    if (this.exists(directory)) return;
    const parent = dirname(directory);
    this.makeDirectory(parent);
    this.#names.add(directory, DIRECTORY);
    this.syncDirectory(parent);
  }

  exists(path: string): boolean {
    return this.#names.get(path) !== undefined;
  }

  open(path: string, mode: "read" | "write" | "create"): DiskFile {
    const code = this.count("open", path);
    if (code !== undefined) throw new DiskError(code, "open", path);
    return new OpenFile(this, path, mode === "create" ? this.#create(path) : this.#file(path, "open"), mode !== "read");
  }

  rename(from: string, to: string): void {
    this.#call("rename", from);
    const file = this.#file(from, "rename");
    this.#needDirectory(to);
    this.#names.rename(from, to, file);
  }

  remove(path: string): void {
    this.#call("remove", path);
    if (this.exists(path)) this.#names.remove(path);
  }

  syncDirectory(directory: string): void {
    this.#call("syncDirectory", directory);
    if (isOn("directoryFsync")) this.#names.sync(directory);
  }

  /** For the files of this disk: counts a call. Returns the code that it is to fail with; undefined: it is not. */
  count(operation: DiskOperation, path: string): string | undefined {
    this.counts[operation]++;
    this.#callsToDeath--;
    if (this.#callsToDeath < 0) throw new ProcessDeath();
    if (this.#callsToDeath === 0 && operation !== "write") throw new ProcessDeath();
    for (const fault of this.#faults) {
      if (fault.operation === operation && path.includes(fault.pathPart)) fault.callsLeft--;
    }
    const due = this.isDead ? DEATH : this.#faults.find((fault) => fault.callsLeft <= 0);
    this.#faults = this.#faults.filter((fault) => fault.callsLeft > 0);
    return due?.code;
  }

  #call(operation: DiskOperation, path: string): void {
    const code = this.count(operation, path);
    if (code !== undefined) throw new DiskError(code, operation, path);
  }

  #create(path: string): SimFile {
    this.#needDirectory(path);
    const known = this.#names.get(path);
    if (known === DIRECTORY) throw new DiskError("EISDIR", "open", path);
    if (known !== undefined) {
      known.truncate();
      return known;
    }
    const made = new SimFile();
    this.#names.add(path, made);
    return made;
  }

  #needDirectory(path: string): void {
    if (this.#names.get(dirname(path)) !== DIRECTORY) throw new DiskError("ENOENT", "open", path);
  }

  #file(path: string, operation: string): SimFile {
    const file = this.#names.get(path);
    if (file === undefined) throw new DiskError("ENOENT", operation, path);
    if (file === DIRECTORY) throw new DiskError("EISDIR", operation, path);
    return file;
  }
}

/** What a program holds of a file. Works on when the file is renamed or removed. */
class OpenFile implements DiskFile {
  readonly #disk: SimDisk;
  readonly #path: string;
  readonly #file: SimFile;
  readonly #isWritable: boolean;
  readonly #life: number;
  #isOpen = true;

  constructor(disk: SimDisk, path: string, file: SimFile, isWritable: boolean) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
    this.#isWritable = isWritable;
    this.#life = disk.life;
  }

  get size(): number {
    this.#checkOpen();
    return this.#file.size;
  }

  read(bytes: Uint8Array, position: number): number {
    this.#checkOpen();
    const code = this.#disk.count("read", this.#path);
    if (code !== undefined) throw new DiskError(code, "read", this.#path);
    return this.#file.read(bytes, position);
  }

  write(bytes: Uint8Array, position: number): void {
    this.#checkOpen();
    assert(this.#isWritable, "a file that was opened for reading is not written to");
    const code = this.#disk.count("write", this.#path) ?? this.#fullCode(position + bytes.length);
    if (code === undefined) return this.#file.write(bytes, position);
    const room = code === "ENOSPC" ? this.#room(position) : Infinity;
    this.#file.write(bytes.subarray(0, Math.min(room, bytes.length >> 1)), position);
    if (code === DEATH.code) throw new ProcessDeath();
    throw new DiskError(code, "write", this.#path);
  }

  sync(): void {
    this.#checkOpen();
    const code = this.#disk.count("sync", this.#path);
    if (code !== undefined) {
      this.#file.failSync();
      throw new DiskError(code, "sync", this.#path);
    }
    if (isOn("fsync")) this.#file.sync();
  }

  close(): void {
    this.#isOpen = false;
  }

  #checkOpen(): void {
    assert(this.#isOpen && this.#life === this.#disk.life, "a file is used between open and close, by one process");
  }

  #fullCode(end: number): string | undefined {
    if (end <= this.#file.size || this.#disk.capacityBytes === Infinity) return undefined;
    return end - this.#file.size > this.#disk.capacityBytes - this.#disk.usedBytes ? "ENOSPC" : undefined;
  }

  /** Bytes that can be written from there on. */
  #room(position: number): number {
    const free = Math.max(0, this.#disk.capacityBytes - this.#disk.usedBytes);
    return Math.max(0, this.#file.size + free - position);
  }
}
