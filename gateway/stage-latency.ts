/**
 * Where an order's time goes between the read of its socket and the write of its answer.
 *
 *   socket read ─gatewayIn─► in the ring ─ringWait─► taken ─matching─► events out ─ringOut─► event taken ─gatewayOut─► sent
 *
 * The boundaries are hand-overs, and under load a hand-over is a batch: each boundary is one clock reading that all orders
 * of the batch share. The five stages of an order always add up to its time in the venue.
 */
import {
  EVT_GATEWAY_IN_NS,
  EVT_MATCHING_NS,
  EVT_RECEIVED_AT,
  EVT_RING_WAIT_NS,
} from "../protocol/record/event-record.ts";
import { NS_PER_MS } from "../protocol/telemetry/clock.ts";
import { HistogramWriter } from "../protocol/telemetry/latency-histogram.ts";

export const STAGES = ["gateway_in", "ring_wait", "matching", "ring_out", "gateway_out"] as const;
export type Stage = (typeof STAGES)[number];

/** One histogram per stage, by name; created by the main thread, which reads them for /metrics. */
export type StageBuffers = Readonly<Record<Stage, SharedArrayBuffer>>;

export class StageLatency {
  readonly #gatewayIn: HistogramWriter;
  readonly #ringWait: HistogramWriter;
  readonly #matching: HistogramWriter;
  readonly #ringOut: HistogramWriter;
  readonly #gatewayOut: HistogramWriter;
  #unsentCount = 0;

  constructor(buffers: StageBuffers) {
    this.#gatewayIn = new HistogramWriter(buffers.gateway_in);
    this.#ringWait = new HistogramWriter(buffers.ring_wait);
    this.#matching = new HistogramWriter(buffers.matching);
    this.#ringOut = new HistogramWriter(buffers.ring_out);
    this.#gatewayOut = new HistogramWriter(buffers.gateway_out);
  }

  /** From the first event of a command to its own session. `takenAt`: when the gateway took the batch, ms. */
  recordTaken(i32: Int32Array, f64: Float64Array, base: number, takenAt: number): void {
    this.#gatewayIn.record(i32[base + EVT_GATEWAY_IN_NS] as number);
    this.#ringWait.record(i32[base + EVT_RING_WAIT_NS] as number);
    this.#matching.record(i32[base + EVT_MATCHING_NS] as number);
    this.#ringOut.record(ringOutNs(i32, f64, base, takenAt));
    this.#unsentCount++;
  }

  /** The batch is with the kernel. */
  recordSent(takenAt: number, sentAt: number): void {
    if (this.#unsentCount === 0) return;
    this.#gatewayOut.record((sentAt - takenAt) * NS_PER_MS, this.#unsentCount);
    this.#unsentCount = 0;
  }
}

/** What is left of the time until `takenAt` after the first three stages, ns. */
export function ringOutNs(i32: Int32Array, f64: Float64Array, base: number, takenAt: number): number {
  const sinceReceived = (takenAt - (f64[(base >> 1) + EVT_RECEIVED_AT] as number)) * NS_PER_MS;
  const before =
    (i32[base + EVT_GATEWAY_IN_NS] as number) +
    (i32[base + EVT_RING_WAIT_NS] as number) +
    (i32[base + EVT_MATCHING_NS] as number);
  return Math.max(0, Math.round(sinceReceived - before));
}
