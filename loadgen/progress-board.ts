/**
 * Where the workers show the main thread how a run is going, and where the main thread tells them to go and to stop.
 * One SharedArrayBuffer, so that showing costs a worker no message and no pause in its pacing.
 *
 *   int32   0              command: WAIT, GO, STOP
 *           1              number of workers whose sessions are all logged on
 *           2, 3           start time, a float64: ms since 1970-01-01 UTC
 *           4 …            one lane per worker: sent, answered, then the latency buckets
 *
 * The counters of a lane have one writer and are read while they change: what is shown may be a moment old, never torn.
 * Latencies are kept in buckets of about 6 % for the line on the screen only; the report is made from HDR histograms.
 */

const COMMAND = 0;
const READY_COUNT = 1;
const START_TIME_F64 = 1;
const LANES = 4;

const SENT = 0;
const ANSWERED = 1;
const FIRST_BUCKET = 2;
const BUCKETS_PER_OCTAVE = 12;
const BUCKET_COUNT = 42 * BUCKETS_PER_OCTAVE;
const LANE_INT32S = FIRST_BUCKET + BUCKET_COUNT;

const Command = { Wait: 0, Go: 1, Stop: 2 } as const;

export interface Progress {
  readonly sent: number;
  readonly answered: number;
  /** Of the measured requests that were answered so far, in ms; 0 while there are none. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The main thread's side. */
export class ProgressBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #startTime: Float64Array;
  readonly #workerCount: number;

  constructor(workerCount: number) {
    this.buffer = new SharedArrayBuffer((LANES + workerCount * LANE_INT32S) * 4);
    this.#words = new Int32Array(this.buffer);
    this.#startTime = new Float64Array(this.buffer, 0, LANES / 2);
    this.#workerCount = workerCount;
  }

  allReady(): boolean {
    return Atomics.load(this.#words, READY_COUNT) === this.#workerCount;
  }

  /** @param startTime When the schedule's time is 0, in ms since 1970-01-01 UTC. */
  go(startTime: number): void {
    this.#startTime[START_TIME_F64] = startTime;
    // A worker that sees GO also sees the start time written before. Keeps a STOP that came first.
    Atomics.compareExchange(this.#words, COMMAND, Command.Wait, Command.Go);
  }

  stop(): void {
    Atomics.store(this.#words, COMMAND, Command.Stop);
  }

  stopped(): boolean {
    return Atomics.load(this.#words, COMMAND) === Command.Stop;
  }

  read(): Progress {
    const buckets = new Float64Array(BUCKET_COUNT);
    let sent = 0;
    let answered = 0;
    for (let worker = 0; worker < this.#workerCount; worker++) {
      const lane = LANES + worker * LANE_INT32S;
      sent += this.#words[lane + SENT] ?? 0;
      answered += this.#words[lane + ANSWERED] ?? 0;
      for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
        buckets[bucket] = (buckets[bucket] ?? 0) + (this.#words[lane + FIRST_BUCKET + bucket] ?? 0);
      }
    }
    return { sent, answered, p50Ms: quantileMs(buckets, 0.5), p99Ms: quantileMs(buckets, 0.99) };
  }
}

/** One worker's side. */
export class ProgressLane {
  readonly #words: Int32Array;
  readonly #startTime: Float64Array;
  readonly #lane: number;

  constructor(buffer: SharedArrayBuffer, worker: number) {
    this.#words = new Int32Array(buffer);
    this.#startTime = new Float64Array(buffer, 0, LANES / 2);
    this.#lane = LANES + worker * LANE_INT32S;
  }

  ready(): void {
    Atomics.add(this.#words, READY_COUNT, 1);
  }

  /** In ms since 1970-01-01 UTC; undefined until the main thread says go. */
  startTime(): number | undefined {
    return Atomics.load(this.#words, COMMAND) === Command.Go ? this.#startTime[START_TIME_F64] : undefined;
  }

  stopped(): boolean {
    return Atomics.load(this.#words, COMMAND) === Command.Stop;
  }

  /** This worker cannot go on: all of them stop. */
  stopAll(): void {
    Atomics.store(this.#words, COMMAND, Command.Stop);
  }

  countSent(): void {
    this.#increment(SENT);
  }

  countAnswered(): void {
    this.#increment(ANSWERED);
  }

  recordLatency(elapsedMs: number): void {
    const bucket = Math.floor(Math.log2(Math.max(elapsedMs * 1e6, 1)) * BUCKETS_PER_OCTAVE);
    this.#increment(FIRST_BUCKET + Math.min(bucket, BUCKET_COUNT - 1));
  }

  #increment(word: number): void {
    const index = this.#lane + word;
    this.#words[index] = (this.#words[index] ?? 0) + 1;
  }
}

function quantileMs(buckets: Float64Array, quantile: number): number {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  let seen = 0;
  const bucket = buckets.findIndex((count) => (seen += count) >= quantile * total);
  return 2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE) / 1e6;
}
