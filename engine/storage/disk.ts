/**
 * What durability needs of a file system, and no more: the seam behind which the simulated disk of the tests lies. All calls
 * block, and throw an error with a `code` (ENOENT, ENOSPC, EIO, EACCES …) as those of node:fs do.
 *
 * What holds after a power cut, as on ext4 and xfs:
 *  - bytes of a file: those written before its last sync();
 *  - names in a directory: as they were at its last syncDirectory();
 *  - everything later may be there or not, in part, in any order.
 */
import { OperatingError } from "../../protocol/operating-error.ts";

export interface Disk {
  /** Names in the directory, in no order. */
  list(directory: string): string[];
  /** With its parents; nothing happens when it exists. */
  makeDirectory(directory: string): void;
  exists(path: string): boolean;
  /** "read": it exists. "write": it exists, for reading and writing. "create": empty, for writing; an older one is gone. */
  open(path: string, mode: "read" | "write" | "create"): DiskFile;
  /** Replaces what is there. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes the names in it durable. */
  syncDirectory(directory: string): void;
}

export interface DiskFile {
  readonly size: number;
  /** @returns the number of bytes read, fewer than asked for only at the end of the file. */
  read(bytes: Uint8Array, position: number): number;
  /** Writes all of them. */
  write(bytes: Uint8Array, position: number): void;
  /** Makes its bytes durable: fdatasync. An error here is final: what was written may be lost, whatever a second call says. */
  sync(): void;
  close(): void;
}

/** The `code` of an error that a disk has thrown; "" for any other error. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? "";
}

/** What a disk has thrown, in words for the operator. It has the code of its cause. */
export class DiskFailure extends OperatingError {
  readonly code: string;
  /** The file or directory that it is about. */
  readonly path: string;

  constructor(path: string, message: string, cause: unknown) {
    super(message, { cause });
    this.path = path;
    this.code = codeOf(cause);
  }
}
