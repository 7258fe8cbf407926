/**
 * Does a stall show? Rate, pacing, session and recorder are the real ones; time and venue are fake. The numbers are
 * counts of requests, so they are exact.
 */
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { expect, test } from "vitest";
import type { ExecutionReport } from "../client/messages.ts";
import { ExecType } from "../protocol/codes.ts";
import type { Ticks } from "../protocol/units.ts";
import { LatencyRecorder } from "./latency-recorder.ts";
import { newCounts } from "./load-counts.ts";
import type { LoadCounts } from "./load-counts.ts";
import { LoadSession } from "./load-session.ts";
import type { OrderEntry } from "./load-session.ts";
import { MIX_PROFILES } from "./mix-profile.ts";
import { OrderFlow } from "./order-flow.ts";
import { Pacer } from "./pacer.ts";
import { ProgressBoard, ProgressLane } from "./progress-board.ts";
import { createSchedule } from "./schedule.ts";
import { FakeClock } from "./testing/fake-clock.ts";

const STEP_MS = 0.125;
const WARMUP_MS = 500;
const DURATION_MS = 4000;
const RATE = 1000;
/** When there is no stall, an answer comes this long after its request was written. */
const SERVICE_MS = 0.25;
const STALL_AT_MS = 2000;
const STALL_MS = 1000;

type Stall = "none" | "blocks the sender" | "delays the answers";

/** Answers every request in order. */
class FakeVenue implements OrderEntry {
  readonly #clock: FakeClock;
  readonly #stall: Stall;
  readonly #batch: number[] = [];
  readonly #answers: { atMs: number; clientOrderId: number }[] = [];
  #hasBlocked = false;

  constructor(clock: FakeClock, stall: Stall) {
    this.#clock = clock;
    this.#stall = stall;
  }

  sendNewOrder(clientOrderId: number): void {
    this.#batch.push(clientOrderId);
  }

  sendCancelOrder(clientOrderId: number): void {
    this.#batch.push(clientOrderId);
  }

  sendReplaceOrder(clientOrderId: number): void {
    this.#batch.push(clientOrderId);
  }

  flush(): void {
    if (this.#stall === "blocks the sender" && !this.#hasBlocked && this.#clock.ms >= STALL_AT_MS) {
      this.#hasBlocked = true;
      this.#clock.ms += STALL_MS;
    }
    for (const clientOrderId of this.#batch.splice(0)) this.#answers.push({ atMs: this.#answerTime(), clientOrderId });
  }

  /** Hands out what is due. Returns whether more is to come. */
  deliver(session: LoadSession): boolean {
    while ((this.#answers[0]?.atMs ?? Infinity) <= this.#clock.ms) {
      const clientOrderId = this.#answers.shift()?.clientOrderId ?? 0;
      session.onExecutionReport({ clientOrderId, execType: ExecType.New } as ExecutionReport);
    }
    return this.#answers.length > 0;
  }

  #answerTime(): number {
    const now = this.#clock.ms;
    const stalls = this.#stall === "delays the answers" && now >= STALL_AT_MS && now < STALL_AT_MS + STALL_MS;
    return SERVICE_MS + (stalls ? STALL_AT_MS + STALL_MS : now);
  }
}

interface Outcome {
  readonly counts: LoadCounts;
  /** How many measured requests took longer than this. */
  readonly slower: (kind: "corrected" | "uncorrected" | "pacingError", thanMs: number) => number;
  readonly p99Ms: (kind: "corrected" | "uncorrected") => number;
}

function run(stall: Stall): Outcome {
  const clock = new FakeClock();
  const recorder = new LatencyRecorder({ fromMs: WARMUP_MS, toMs: WARMUP_MS + DURATION_MS, intervalMs: 1000 });
  const counts = newCounts();
  const flow = new OrderFlow({
    seed: 1,
    session: 0,
    mix: MIX_PROFILES.balanced,
    instrumentIds: [1],
    midPrice: 1000 as Ticks,
    levels: 5,
    maxOpenOrders: 100,
    receiptShare: 0,
    firstClientOrderId: 1,
  });
  const progress = new ProgressLane(new ProgressBoard(1).buffer, 0);
  const session = new LoadSession(flow, 1, { clock, recorder, counts, progress });
  const venue = new FakeVenue(clock, stall);
  session.attach(venue);
  const schedule = createSchedule({ kind: "constant", ratePerSecond: RATE, burstSize: 1, seed: 1 });
  const pacer = new Pacer({ schedule, endMs: WARMUP_MS + DURATION_MS, sessions: [session], clock });
  while (pacer.turn() < Infinity || venue.deliver(session)) {
    venue.deliver(session);
    clock.ms += STEP_MS;
  }
  const recorded = recorder.encode();
  return {
    counts,
    slower: (kind, thanMs) => {
      const lines = decodeFromCompressedBase64(recorded[kind]).outputPercentileDistribution(1000, 1e6).split("\n");
      const rows = lines
        .map((line) => line.trim().split(/\s+/u).map(Number))
        .filter((row) => row.length >= 3 && row.every(Number.isFinite));
      const atMost = rows.findLast(([ms]) => (ms ?? 0) <= thanMs);
      return counts.answered - (atMost?.[2] ?? 0);
    },
    p99Ms: (kind) => decodeFromCompressedBase64(recorded[kind]).getValueAtPercentile(99) / 1e6,
  };
}

test("without a stall both latencies are the venue's service time, and nothing is late", () => {
  const { counts, slower, p99Ms } = run("none");
  expect(counts).toMatchObject({ planned: 4000, answered: 4000, sentLate: 0, sentInWindow: 4000 });
  expect(slower("corrected", 1)).toBe(0);
  expect(p99Ms("uncorrected")).toBeCloseTo(SERVICE_MS, 2);
});

test("a stall that blocks the sender shows in the corrected latency of every request it delayed, and only there", () => {
  const { counts, slower, p99Ms } = run("blocks the sender");
  expect(counts).toMatchObject({ planned: 4000, answered: 4000 });
  // One per millisecond of the second that passed.
  expect(counts.sentLate).toBeGreaterThanOrEqual(998);
  expect(slower("corrected", 100)).toBeGreaterThanOrEqual(899);
  expect(p99Ms("corrected")).toBeGreaterThan(900);
  // The one request that was being written is all that the other clock saw of it.
  expect(slower("uncorrected", 100)).toBe(1);
  expect(p99Ms("uncorrected")).toBeLessThan(1);
});

test("a venue that answers late does not slow the schedule: every request leaves when it is due", () => {
  const { counts, slower } = run("delays the answers");
  expect(counts).toMatchObject({ planned: 4000, answered: 4000, sentLate: 0, sentInWindow: 4000 });
  expect(slower("pacingError", 1)).toBe(0);
  expect(slower("corrected", 100)).toBeGreaterThanOrEqual(899);
  expect(slower("uncorrected", 100)).toBe(slower("corrected", 100));
});
