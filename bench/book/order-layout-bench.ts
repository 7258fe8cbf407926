/**
 * One record of 64 bytes per order against one array per field: a cancel's work on random orders out of a million. It reads
 * the order, takes it out of two doubly linked lists, and puts it back elsewhere. Behind docs/decisions/0003.
 */
const FIELDS = 16;
const [ID, PRICE, QTY, CUM, NEXT, PREV, SESSION_NEXT, SESSION_PREV, STATUS] = [0, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const TOUCHED = [ID, PRICE, QTY, CUM, NEXT, PREV, SESSION_NEXT, SESSION_PREV, STATUS];

export interface LayoutTimes {
  /** Nanoseconds per order, best of all passes. */
  readonly recordsNs: number;
  readonly parallelNs: number;
}

function permutation(count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  let random = 12_345;
  for (let i = count - 1; i > 0; i--) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    const j = random % (i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

function passOverRecords(records: Int32Array, order: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const base = (order[i] as number) * FIELDS;
    sum += (records[base + ID] as number) + (records[base + PRICE] as number);
    sum += (records[base + QTY] as number) - (records[base + CUM] as number);
    const next = records[base + NEXT] as number;
    const prev = records[base + PREV] as number;
    records[next * FIELDS + PREV] = prev;
    records[prev * FIELDS + NEXT] = next;
    const sessionNext = records[base + SESSION_NEXT] as number;
    const sessionPrev = records[base + SESSION_PREV] as number;
    records[sessionNext * FIELDS + SESSION_PREV] = sessionPrev;
    records[sessionPrev * FIELDS + SESSION_NEXT] = sessionNext;
    records[base + STATUS] = i;
  }
  return sum;
}

function passOverArrays(arrays: readonly Int32Array[], order: Int32Array): number {
  const [ids, prices, qtys, cums, nexts, prevs, sessionNexts, sessionPrevs, statuses] = arrays as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const slot = order[i] as number;
    sum += (ids[slot] as number) + (prices[slot] as number);
    sum += (qtys[slot] as number) - (cums[slot] as number);
    const next = nexts[slot] as number;
    const prev = prevs[slot] as number;
    prevs[next] = prev;
    nexts[prev] = next;
    const sessionNext = sessionNexts[slot] as number;
    const sessionPrev = sessionPrevs[slot] as number;
    sessionPrevs[sessionNext] = sessionPrev;
    sessionNexts[sessionPrev] = sessionNext;
    statuses[slot] = i;
  }
  return sum;
}

function timeOf(pass: () => number, count: number): number {
  const start = performance.now();
  if (Number.isNaN(pass())) throw new Error("a pass adds up integers");
  return ((performance.now() - start) * 1e6) / count;
}

/** @param count Orders in the pool; each pass touches a quarter of them, in random order. */
export function benchOrderLayouts(count: number, passes: number): LayoutTimes {
  const order = permutation(count).subarray(0, count >> 2);
  const [next, sessionNext] = [permutation(count), permutation(count)];
  const records = new Int32Array(count * FIELDS);
  const arrays = TOUCHED.map(() => new Int32Array(count));
  for (let slot = 0; slot < count; slot++) {
    const values = [
      slot,
      slot,
      slot,
      0,
      next[slot],
      next[count - 1 - slot],
      sessionNext[slot],
      sessionNext[count - 1 - slot],
      0,
    ];
    TOUCHED.forEach((field, i) => {
      records[slot * FIELDS + field] = values[i] as number;
      (arrays[i] as Int32Array)[slot] = values[i] as number;
    });
  }
  let [recordsNs, parallelNs] = [Infinity, Infinity];
  for (let pass = 0; pass < passes; pass++) {
    recordsNs = Math.min(
      recordsNs,
      timeOf(() => passOverRecords(records, order), order.length),
    );
    parallelNs = Math.min(
      parallelNs,
      timeOf(() => passOverArrays(arrays, order), order.length),
    );
  }
  return { recordsNs, parallelNs };
}
