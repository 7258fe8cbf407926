import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createDoorbell } from "./doorbell.ts";
import { createRing } from "./ring-layout.ts";
import type { StressTask } from "./ring.stress.test-worker.ts";

const WATCHDOG_MS = 10_000;
/** Slow is not wrong: what is stuck is found by the watchdog. */
const TIMEOUT_MS = 180_000;
const MILLION = 1_000_000;

interface Stress {
  readonly slotCount: number;
  readonly startPosition: number;
  readonly messageCount: number;
  readonly maxBatch: number;
  readonly producerCount?: number;
  /** The consumer sleeps whenever the rings are empty; each producer waits for it after each batch. */
  readonly parking?: boolean;
}

/** Runs one consumer and its producers to the end; answers how many messages the consumer has verified. */
async function run(stress: Stress): Promise<number> {
  const rings = Array.from({ length: stress.producerCount ?? 1 }, () =>
    createRing(stress.slotCount, stress.startPosition),
  );
  const common = {
    doorbell: createDoorbell(),
    progress: new SharedArrayBuffer(8),
    messageCount: stress.messageCount,
    maxBatch: stress.maxBatch,
    lockstep: stress.parking === true,
  };
  const workers = [
    startWorker({ ...common, role: stress.parking === true ? "consumeParking" : "consume", rings, seed: 1 }),
    ...rings.map((ring, index) => startWorker({ ...common, role: "produce", rings: [ring], seed: 101 + index })),
  ];
  const progress = new Float64Array(common.progress);
  const watchdog = watchProgress(progress, common.doorbell);
  try {
    await Promise.race([Promise.all(workers.map((worker) => finished(worker))), watchdog.failed]);
  } finally {
    watchdog.stop();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return progress[0] ?? 0;
}

function startWorker(task: StressTask): Worker {
  return new Worker(new URL("./ring.stress.test-worker.js", import.meta.url), { workerData: task });
}

/** Rejects with the worker's own error when it throws. */
async function finished(worker: Worker): Promise<void> {
  await once(worker, "exit");
}

/** Fails when the consumer has verified nothing for a while: a lost wake-up, or a thread that is lost itself. */
function watchProgress(progress: Float64Array, doorbell: SharedArrayBuffer) {
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    let seen = -1;
    timer = setInterval(() => {
      const now = progress[0] ?? 0;
      if (now === seen) {
        reject(new Error(`stuck after ${now} messages; doorbell ${new Int32Array(doorbell, 0, 2).join()}`));
      }
      seen = now;
    }, WATCHDOG_MS);
  });
  return { failed, stop: () => clearInterval(timer) };
}

// On a busy machine each change of threads moves one ringful: the small rings get fewer messages.
test.each<Stress>([
  { slotCount: 65_536, startPosition: 2 ** 31 - 5 * MILLION, messageCount: 45 * MILLION, maxBatch: 5000 },
  { slotCount: 1024, startPosition: 2 ** 31 - MILLION, messageCount: 5 * MILLION, maxBatch: 300 },
  { slotCount: 64, startPosition: -100_000, messageCount: 600_000, maxBatch: 40 },
  { slotCount: 8, startPosition: 2 ** 31 - 10_000, messageCount: 150_000, maxBatch: 8 },
  { slotCount: 2, startPosition: 2 ** 31 - 1000, messageCount: 50_000, maxBatch: 3 },
])(
  "two threads hand over $messageCount messages through $slotCount slots, start at $startPosition, every byte intact",
  async (stress) => {
    expect(await run(stress)).toBe(stress.messageCount);
  },
  TIMEOUT_MS,
);

test.each<Stress>([
  { slotCount: 64, startPosition: 2 ** 31 - 1000, messageCount: 60_000, maxBatch: 1 },
  { slotCount: 2, startPosition: 0, messageCount: 60_000, maxBatch: 2 },
])(
  "a consumer that parks between messages misses no wake-up, $slotCount slots",
  async (stress) => {
    expect(await run({ ...stress, parking: true })).toBe(stress.messageCount);
  },
  TIMEOUT_MS,
);

test(
  "a consumer that parks on one doorbell for two producers misses no wake-up of either",
  async () => {
    const stress = { slotCount: 16, startPosition: 0, messageCount: 30_000, maxBatch: 2 };
    expect(await run({ ...stress, producerCount: 2, parking: true })).toBe(2 * stress.messageCount);
  },
  TIMEOUT_MS,
);
