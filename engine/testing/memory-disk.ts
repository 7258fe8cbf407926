/**
 * A disk that never fails and forgets nothing, whose bytes a test may change. The one that fails and forgets is
 * sim/sim-disk.ts.
 */
import { dirname } from "node:path";
import type { Disk, DiskFile } from "../storage/disk.ts";

class MissingFile extends Error {
  readonly code = "ENOENT";
}

export class MemoryDisk implements Disk {
  readonly #files = new Map<string, MemoryFile>();
  readonly #directories = new Set<string>();

  list(directory: string): string[] {
    if (!this.#directories.has(directory)) throw new MissingFile(`there is no ${directory}`);
    const start = directory.length + 1;
    return [...this.#files.keys()].filter((path) => dirname(path) === directory).map((path) => path.slice(start));
  }

  makeDirectory(directory: string): void {
    for (let path = directory; path !== dirname(path); path = dirname(path)) this.#directories.add(path);
  }

  exists(path: string): boolean {
    return this.#files.has(path) || this.#directories.has(path);
  }

  open(path: string, mode: "read" | "write" | "create"): DiskFile {
    if (mode === "create") this.setBytes(path, new Uint8Array(0));
    return this.#fileAt(path);
  }

  rename(from: string, to: string): void {
    this.#files.set(to, this.#fileAt(from));
    this.#files.delete(from);
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  syncDirectory(): void {}

  /** Those of the file itself, not a copy. */
  bytesOf(path: string): Uint8Array {
    return this.#fileAt(path).bytes;
  }

  /** The file has these bytes from now on, not a copy of them. */
  setBytes(path: string, bytes: Uint8Array): void {
    this.#files.set(path, new MemoryFile(bytes));
  }

  /** Another disk with the same files. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const directory of this.#directories) disk.#directories.add(directory);
    for (const [path, { bytes }] of this.#files) disk.setBytes(path, bytes.slice());
    return disk;
  }

  #fileAt(path: string): MemoryFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new MissingFile(`there is no ${path}`);
    return file;
  }
}

/** Stays the same file when it gets another name. */
class MemoryFile implements DiskFile {
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  read(bytes: Uint8Array, position: number): number {
    const part = this.bytes.subarray(position, position + bytes.length);
    bytes.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.bytes.length) {
      const longer = new Uint8Array(end);
      longer.set(this.bytes);
      this.bytes = longer;
    }
    this.bytes.set(bytes, position);
  }

  sync(): void {}

  close(): void {}
}
