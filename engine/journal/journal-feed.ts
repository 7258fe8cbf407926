/**
 * The engine's end of the ring to its journaler: what the engine is about to apply goes in here first.
 *
 * A slot is the command's record, but for the place of `receivedAt`: its first word is the position in the gateway's command
 * ring that the command was taken from. If the engine dies, whoever takes its place finds there where to go on.
 */
import {
  CMD_GATEWAY,
  CMD_GATEWAY_IN_NS,
  CMD_NAME_BYTES,
  CMD_RECEIVED_AT,
  CMD_SEQUENCE,
  RECORD_BYTES,
} from "../../protocol/record/command-record.ts";
import { SHORT_RECORD_WORDS, recordWords } from "../../protocol/journal/journal-format.ts";
import { DoorbellRinger } from "../../protocol/ring/doorbell.ts";
import { FIRST_SLOT, SLOT_I32_SHIFT, TAIL } from "../../protocol/ring/ring-layout.ts";
import type { RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { RingProducer } from "../../protocol/ring/ring-producer.ts";

export const CMD_RING_POSITION = CMD_RECEIVED_AT * 2; // I32

const RECORD_WORDS = RECORD_BYTES / 4;

export class JournalFeed {
  readonly #ring: RingProducer;
  readonly #journaler: DoorbellRinger;

  constructor(ring: SharedArrayBuffer, journalerDoorbell: SharedArrayBuffer) {
    this.#ring = new RingProducer(ring);
    this.#journaler = new DoorbellRinger(journalerDoorbell);
  }

  /** Commands that can be handed over now. */
  room(): number {
    return this.#ring.freeCount();
  }

  /** Copies a complete command. There must be room. */
  hand(i32: Int32Array, base: number, position: number): void {
    const to = this.#ring.claim();
    const out = this.#ring.i32;
    for (let word = 0; word < CMD_GATEWAY_IN_NS; word++) out[to + word] = i32[base + word] as number;
    out[to + CMD_RING_POSITION] = position;
    for (let word = CMD_SEQUENCE * 2; word <= CMD_GATEWAY; word++) out[to + word] = i32[base + word] as number;
    if (recordWords(i32, base) === SHORT_RECORD_WORDS) return;
    for (let word = CMD_NAME_BYTES; word < RECORD_WORDS; word++) out[to + word] = i32[base + word] as number;
  }

  publish(): void {
    this.#ring.publish();
    this.#journaler.ring();
  }
}

/**
 * For an engine that takes the place of another: what that one had handed to the journal is not taken from the command rings again.
 *
 * @param count How many commands one engine can have taken and not released, all gateways together.
 */
export function skipHanded(commandRings: readonly RingConsumer[], journalRing: SharedArrayBuffer, count: number): void {
  const positions = positionsAfter(journalRing, commandRings.length, count);
  for (const [gateway, ring] of commandRings.entries()) {
    const position = positions[gateway];
    if (position === undefined || ((position - ring.position) | 0) <= 0) continue;
    ring.skipTo(position);
    ring.release();
  }
}

/**
 * Where in each gateway's command ring the first command is that was not handed to the journal; undefined: nothing of that gateway is
 * among the last `count` commands, and its ring's head is right.
 */
function positionsAfter(journalRing: SharedArrayBuffer, gatewayCount: number, count: number): (number | undefined)[] {
  const i32 = new Int32Array(journalRing);
  const slots = (i32.length - FIRST_SLOT) >> SLOT_I32_SHIFT;
  const tail = Atomics.load(i32, TAIL);
  const positions: (number | undefined)[] = Array.from({ length: gatewayCount }, () => undefined);
  for (let back = Math.min(count, slots, tail >>> 0); back >= 1; back--) {
    const base = FIRST_SLOT + (((tail - back) & (slots - 1)) << SLOT_I32_SHIFT);
    const gateway = i32[base + CMD_GATEWAY] as number;
    const position = i32[base + CMD_RING_POSITION] as number;
    if (position !== NO_POSITION && gateway < gatewayCount) positions[gateway] = (position + 1) | 0;
  }
  return positions;
}

/** Of a command that the sequencer made itself. Ring positions are even less likely to be this number than any other. */
export const NO_POSITION = -(2 ** 31);
