/**
 * Writes large files so that the journal on the same disk is not held up: a sync of the journal waits for whatever the disk has been
 * given before it, and after tens of megabytes that is many times what it takes itself. So the file is made durable piece by piece,
 * and there is a pause behind each in which the disk is the journal's.
 */
import type { DiskFile } from "./disk.ts";

const PIECE_BYTES = 2 ** 20;

/** Lets the calling thread rest for a moment. */
export type Pause = () => void;

export const NO_PAUSE: Pause = () => {};

export class PacedWriter {
  readonly #file: DiskFile;
  readonly #pause: Pause;
  /** Bytes written since the last sync. */
  #unsynced = 0;

  constructor(file: DiskFile, pause: Pause) {
    this.#file = file;
    this.#pause = pause;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const piece = bytes.subarray(done, done + PIECE_BYTES - this.#unsynced);
      this.#file.write(piece, position + done);
      done += piece.length;
      this.#unsynced += piece.length;
      if (this.#unsynced === PIECE_BYTES) this.#finishPiece();
    }
  }

  /** Makes what is left durable. */
  sync(): void {
    this.#file.sync();
    this.#unsynced = 0;
  }

  #finishPiece(): void {
    this.sync();
    this.#pause();
  }
}
