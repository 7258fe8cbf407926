/**
 * What the disk takes for the least that a durable order can cost: one record written into a file whose blocks are there already,
 * and fdatasync. On the file system of the journal, through the same calls.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeSpare } from "../../engine/journal/segment-files.ts";
import type { DiskFile } from "../../engine/storage/disk.ts";
import { fileDisk } from "../../engine/storage/file-disk.ts";
import { SEGMENT_HEADER_BYTES, SHORT_RECORD_BYTES } from "../../protocol/journal/journal-format.ts";

const FILE_BYTES = 2 ** 22;

export class FdatasyncProbe {
  readonly #file: DiskFile;
  readonly #record = new Uint8Array(SHORT_RECORD_BYTES);
  #offset = SEGMENT_HEADER_BYTES;

  constructor(directory: string) {
    const path = join(directory, "fdatasync-probe");
    makeSpare(fileDisk, path, FILE_BYTES);
    this.#file = fileDisk.open(path, "write");
  }

  /** µs of each, in the order in which they were made. */
  async measure(count: number, pauseMs = 0): Promise<Float64Array> {
    const microseconds = new Float64Array(count);
    for (let n = 0; n < count; n++) {
      if (pauseMs > 0) await sleep(pauseMs);
      microseconds[n] = this.#writeOne();
    }
    return microseconds;
  }

  close(): void {
    this.#file.close();
  }

  #writeOne(): number {
    if (this.#offset + SHORT_RECORD_BYTES > FILE_BYTES) this.#offset = SEGMENT_HEADER_BYTES;
    this.#record.fill((this.#record[0] ?? 0) + 1);
    const startedAt = performance.now();
    this.#file.write(this.#record, this.#offset);
    this.#file.sync();
    this.#offset += SHORT_RECORD_BYTES;
    return (performance.now() - startedAt) * 1000;
  }
}
