/**
 * A page of shared memory between an engine's thread and the main thread: what the engine is at, and what it is asked to do.
 *
 *   f64 0    beats: counts passes of the engine's loop, and looks at a full event ring
 *   f64 1    applying: sequence number of the command that is being applied, or was last
 *   f64 2    published: up to this command every event is in its ring; 0 while an engine comes back
 *   int32 8  lostGateways: bit per gateway whose thread is gone; the main thread sets it, the engine clears it when every session
 *            that was connected there is closed
 *   int32 9  stop: not 0: leave the loop when nothing is left to do
 *
 * The doubles are for whoever watches: plain stores, old by the time they are read.
 */

const BEATS = 0;
const APPLYING = 1;
const PUBLISHED = 2;
const LOST_GATEWAYS = 8;
const STOP = 9;
const PAGE_BYTES = 128;

export function createEngineControl(): SharedArrayBuffer {
  return new SharedArrayBuffer(PAGE_BYTES);
}

/** The engine's side. */
export class EngineControl {
  readonly #f64: Float64Array;
  readonly #i32: Int32Array;

  constructor(page: SharedArrayBuffer) {
    this.#f64 = new Float64Array(page);
    this.#i32 = new Int32Array(page);
  }

  beat(): void {
    this.#f64[BEATS] = (this.#f64[BEATS] as number) + 1;
  }

  setApplying(sequence: number): void {
    this.#f64[APPLYING] = sequence;
  }

  setPublished(sequence: number): void {
    this.#f64[PUBLISHED] = sequence;
  }

  get lostGateways(): number {
    // Set by the main thread when a gateway's thread has ended: what that published before is visible.
    return Atomics.load(this.#i32, LOST_GATEWAYS);
  }

  /** Every session of the gateway is closed, and its events are published. */
  sessionsClosed(gateway: number): void {
    Atomics.and(this.#i32, LOST_GATEWAYS, ~(1 << gateway));
  }

  get isStopping(): boolean {
    // Set by the main thread once the gateways are gone.
    return Atomics.load(this.#i32, STOP) !== 0;
  }
}

/** The main thread's side. */
export class EngineWatch {
  readonly #f64: Float64Array;
  readonly #i32: Int32Array;

  constructor(page: SharedArrayBuffer) {
    this.#f64 = new Float64Array(page);
    this.#i32 = new Int32Array(page);
  }

  get beats(): number {
    return this.#f64[BEATS] as number;
  }

  get applying(): number {
    return this.#f64[APPLYING] as number;
  }

  get published(): number {
    return this.#f64[PUBLISHED] as number;
  }

  /** @param gateways Bit per gateway. */
  loseGateways(gateways: number): void {
    Atomics.or(this.#i32, LOST_GATEWAYS, gateways);
  }

  /** Bit per gateway that the engine has not closed all sessions of yet. */
  get lostGateways(): number {
    return Atomics.load(this.#i32, LOST_GATEWAYS);
  }

  stop(): void {
    Atomics.store(this.#i32, STOP, 1);
  }
}
