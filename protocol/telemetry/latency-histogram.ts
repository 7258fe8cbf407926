/**
 * Latencies of one stage, counted in a SharedArrayBuffer: one thread records, any thread reads.
 *
 *   f64 0  sum of the recorded values, ns
 *       1  largest recorded value, ns
 *       2  bucket 0
 *       3  bucket 1 …        BUCKET_COUNT buckets
 *
 * Buckets are log-linear. Values below 128 ns have a bucket each; from there on every octave [2^k, 2^(k+1)) is cut into
 * 64 buckets of equal width:
 *
 *   ns       0 … 127 | 128 … 255 | 256 … 511 | …  | 2^35 … 2^36−1
 *   width       1    |     2     |     4     | …  |     2^29
 *   index    0 … 127 | 128 … 191 | 192 … 255 | …  | 1920 … 1983
 *
 * Error bound: a bucket is never wider than 1/64 of its lowest value, and a percentile is reported as the highest value
 * of its bucket, so   true ≤ reported ≤ true × (1 + 1/64).   Values beyond 2^36−1 ns (68.7 s) count as 2^36−1; negative
 * ones, which two threads' clocks can produce, count as 0.
 *
 * Counts are doubles: exact to 2^53, so they never wrap. The writer uses plain loads and stores, since nobody else
 * writes; an aligned double is one machine word on every platform Node runs on, so a reader sees an old value or a new
 * one, never half of each. It may see a bucket counted and its sum not yet: a reading is a sample, not a transaction.
 */

const SUM = 0;
const MAX = 1;
const FIRST_BUCKET = 2;

/** log2 of the buckets per octave. */
const OCTAVE_SHIFT = 6;
const OCTAVE_BUCKETS = 1 << OCTAVE_SHIFT;
const BUCKET_COUNT = 31 * OCTAVE_BUCKETS;

/** Largest value that is told apart, ns. */
export const MAX_LATENCY_NS = 2 ** 36 - 1;

export function createHistogram(): SharedArrayBuffer {
  return new SharedArrayBuffer((FIRST_BUCKET + BUCKET_COUNT) * Float64Array.BYTES_PER_ELEMENT);
}

/** The recording side. Exactly one thread may own it. */
export class HistogramWriter {
  readonly #words: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Float64Array(buffer);
  }

  /**
   * Allocates nothing.
   *
   * @param ns Any number; fractions are dropped, the range is saturated.
   * @param count How many times: a batch that shares its clock readings is recorded at once.
   */
  record(ns: number, count = 1): void {
    const words = this.#words;
    const value = saturate(ns);
    const bucket = FIRST_BUCKET + bucketOf(value);
    words[bucket] = (words[bucket] as number) + count;
    words[SUM] = (words[SUM] as number) + value * count;
    if (value > (words[MAX] as number)) words[MAX] = value;
  }
}

function saturate(ns: number): number {
  if (!(ns > 0)) return 0; // NaN too.
  return ns < MAX_LATENCY_NS ? Math.floor(ns) : MAX_LATENCY_NS;
}

function bucketOf(value: number): number {
  // The scale is the same in every octave: from 2^31 on, which int32 cannot hold, look up value / 64, six octaves down.
  if (value >= 2 ** 31) return int32BucketOf((value / OCTAVE_BUCKETS) | 0) + OCTAVE_SHIFT * OCTAVE_BUCKETS;
  return int32BucketOf(value | 0);
}

function int32BucketOf(value: number): number {
  const shift = 25 - Math.clz32(value | OCTAVE_BUCKETS);
  return (shift << OCTAVE_SHIFT) + (value >> shift);
}

/** Largest value that is counted in a bucket, ns. */
function highestOf(bucket: number): number {
  if (bucket < 2 * OCTAVE_BUCKETS) return bucket;
  const shift = (bucket >> OCTAVE_SHIFT) - 1;
  const mantissa = (bucket & (OCTAVE_BUCKETS - 1)) + OCTAVE_BUCKETS;
  return (mantissa + 1) * 2 ** shift - 1;
}

/** What a histogram held when it was read. It does not change afterwards. */
export class HistogramReading {
  readonly count: number;
  readonly sumNs: number;
  /** Exact, but for saturation. */
  readonly maxNs: number;
  readonly #buckets: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    const words = new Float64Array(buffer).slice();
    this.#buckets = words.subarray(FIRST_BUCKET);
    this.count = this.#buckets.reduce((sum, bucketCount) => sum + bucketCount, 0);
    this.sumNs = words[SUM] as number;
    this.maxNs = words[MAX] as number;
  }

  /**
   * Smallest value that `percent` of the recorded values do not exceed, ns, within the error bound. 0 when empty.
   *
   * @param percent 0 … 100.
   */
  percentile(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      seen += this.#buckets[bucket] as number;
      if (seen >= rank) return Math.min(highestOf(bucket), this.maxNs);
    }
    return 0;
  }

  /**
   * How many recorded values are at most each bound: Prometheus' cumulative buckets. A bucket that a bound cuts through
   * is counted from the next bound on, so values within 1/64 below a bound may be missing from it.
   *
   * @param boundsNs Ascending.
   */
  buckets(boundsNs: readonly number[]): number[] {
    let bucket = 0;
    let seen = 0;
    return boundsNs.map((bound) => {
      while (bucket < BUCKET_COUNT && highestOf(bucket) <= bound) seen += this.#buckets[bucket++] as number;
      return seen;
    });
  }
}

/** May be called from any thread while another one records. */
export function readHistogram(buffer: SharedArrayBuffer): HistogramReading {
  return new HistogramReading(buffer);
}
