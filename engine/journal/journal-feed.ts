/**
 * The engine's end of the ring to its journaler: what the engine is about to apply goes in here first.
 *
 * A slot is the command's record, but for the place of `receivedAt`: its first word is the position in the gateway's command
 * ring that the command was taken from. If the engine dies, whoever takes its place finds there where to go on.
 */
import {
  CMD_GATEWAY,
  CMD_RECEIVED_AT,
  CMD_SEQUENCE,
  CMD_TIME,
  RECORD_BYTES,
} from "../../protocol/record/command-record.ts";
import { SHORT_RECORD_WORDS, recordWords } from "../../protocol/journal/journal-format.ts";
import { DoorbellRinger } from "../../protocol/ring/doorbell.ts";
import { FIRST_SLOT, SLOT_I32_SHIFT, TAIL } from "../../protocol/ring/ring-layout.ts";
import type { RingConsumer } from "../../protocol/ring/ring-consumer.ts";
import { RingProducer } from "../../protocol/ring/ring-producer.ts";

export const CMD_RING_POSITION = CMD_RECEIVED_AT * 2; // I32

/** Of the record's 64-bit words. */
const RECORD_WORDS = RECORD_BYTES / 8;
/** Together with an int32 that only longer records need. */
const GATEWAY_WORD = CMD_GATEWAY >> 1;

export class JournalFeed {
  readonly #ring: RingProducer;
  readonly #words: BigUint64Array;
  readonly #journaler: DoorbellRinger;

  constructor(ring: SharedArrayBuffer, journalerDoorbell: SharedArrayBuffer) {
    this.#ring = new RingProducer(ring);
    this.#words = new BigUint64Array(ring);
    this.#journaler = new DoorbellRinger(journalerDoorbell);
  }

  /** Commands that can be handed over now. */
  room(): number {
    return this.#ring.freeCount();
  }

  /**
   * Copies a complete command. There must be room.
   *
   * Eight bytes at a time and without a loop: this is what journaling costs the engine, and so it costs a third of what a loop over
   * int32 does. The words are numbers in registers, never objects, as they only go from one array to another.
   *
   * @param words The memory of `i32`.
   */
  hand(i32: Int32Array, words: BigUint64Array, base: number, position: number): void {
    const base64 = base >> 1;
    const slot = this.#ring.claim();
    const slot64 = slot >> 1;
    const out = this.#words;
    out[slot64] = words[base64] as bigint;
    out[slot64 + 1] = words[base64 + 1] as bigint;
    out[slot64 + 2] = words[base64 + 2] as bigint;
    out[slot64 + 3] = words[base64 + 3] as bigint;
    out[slot64 + 4] = words[base64 + 4] as bigint;
    out[slot64 + 5] = words[base64 + 5] as bigint;
    this.#ring.i32[slot + CMD_RING_POSITION] = position;
    out[slot64 + CMD_SEQUENCE] = words[base64 + CMD_SEQUENCE] as bigint;
    out[slot64 + CMD_TIME] = words[base64 + CMD_TIME] as bigint;
    out[slot64 + GATEWAY_WORD] = words[base64 + GATEWAY_WORD] as bigint;
    if (recordWords(i32, base) === SHORT_RECORD_WORDS) return;
    for (let word = GATEWAY_WORD + 1; word < RECORD_WORDS; word++) out[slot64 + word] = words[base64 + word] as bigint;
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
