/**
 * The whole state of an engine as a copy and as a number. The state is the regions of its memory (memory.ts) as far as they were ever used, the names of
 * the sessions, and instrument definitions in the making. The index of client order ids is made anew: it hashes with numbers that every process draws for
 * itself. Who follows which book is no part of the state, as it belongs to the connections of a process.
 */
import { assert } from "../protocol/assert.ts";
import type { EngineMemory } from "./memory.ts";
import type { Draft, Instruments } from "./operator/instruments.ts";
import type { ClientOrderIndex } from "./orders/client-order-index.ts";
import type { SessionTable } from "./sessions/session-table.ts";

export interface SnapshotParts {
  readonly memory: EngineMemory;
  readonly sessions: SessionTable;
  readonly index: ClientOrderIndex;
  readonly instruments: Instruments;
}

export interface Snapshot {
  /** By region, in the order of their allocation: the words that were in use. */
  readonly regions: readonly { readonly name: string; readonly words: Int32Array }[];
  readonly sessionNames: readonly string[];
  readonly drafts: readonly Draft[];
}

export function saveState(parts: SnapshotParts): Snapshot {
  const { regions, ...rest } = viewState(parts);
  return { ...rest, regions: regions.map(({ name, words }) => ({ name, words: words.slice() })) };
}

/** Like saveState, without a copy: the words are those of the engine, and change with its next command. */
export function viewState({ memory, sessions, instruments }: SnapshotParts): Snapshot {
  return {
    regions: memory.regions.map(({ name, i32, used }) => ({ name, words: i32.subarray(0, wordsToSave(i32, used())) })),
    sessionNames: [...sessions.names],
    drafts: instruments.saveDrafts(),
  };
}

/**
 * Without the zeros at their end, which restoring puts there anyway: an even number. A book of plain orders has extension records of
 * nothing else, twice as many bytes as the orders.
 */
function wordsToSave(words: Int32Array, used: number): number {
  let end = used;
  while (end > 0 && words[end - 1] === 0) end--;
  return end + (end & 1);
}

export function restoreState({ memory, sessions, index, instruments }: SnapshotParts, snapshot: Snapshot): void {
  assert(snapshot.regions.length === memory.regions.length, "a snapshot has the regions of its engine");
  const writtenWords = memory.regions.map(({ used, restoredWords }) => Math.max(used(), restoredWords));
  // Names first: how much of the session table is in use depends on them.
  sessions.restoreNames(snapshot.sessionNames);
  for (const [n, region] of memory.regions.entries()) {
    const saved = snapshot.regions[n];
    assert(saved !== undefined && saved.name === region.name, "a snapshot has its engine's regions, in their order");
    assert(saved.words.length <= region.i32.length, "a snapshot fits into an engine of the same configuration");
    region.i32.set(saved.words);
    region.restoredWords = saved.words.length;
  }
  // What was in use before, or is now. The rest was never written, and clearing it would only touch memory that nobody needs.
  for (const [n, { i32, used, restoredWords }] of memory.regions.entries()) {
    i32.fill(0, restoredWords, Math.max(writtenWords[n] ?? 0, used()));
  }
  sessions.disconnectUnknown();
  instruments.restoreDrafts(snapshot.drafts);
  index.rebuild();
}

/** 16 hexadecimal digits. Two lanes of multiply-xor over the words, finished as in MurmurHash3 (Appleby, 2011). */
export function hashState({ memory, sessions, instruments }: SnapshotParts): string {
  const lanes = new Int32Array([0x9747b28c, 0x5bd1e995]);
  for (const { i32, used } of memory.regions) {
    const length = used();
    mix(lanes, length);
    mixWords(lanes, i32, length);
  }
  for (const character of JSON.stringify([sessions.names, instruments.saveDrafts()]))
    mix(lanes, character.charCodeAt(0));
  return [...lanes].map((lane) => (finish(lane) >>> 0).toString(16).padStart(8, "0")).join("");
}

function mixWords(lanes: Int32Array, words: Int32Array, length: number): void {
  let low = lanes[0] as number;
  let high = lanes[1] as number;
  for (let n = 0; n < length; n++) {
    const word = words[n] as number;
    low = Math.imul(low ^ word, 0x85eb_ca6b);
    low ^= low >>> 15;
    high = Math.imul((high + word) ^ low, 0xc2b2_ae35);
    high ^= high >>> 13;
  }
  lanes[0] = low;
  lanes[1] = high;
}

function mix(lanes: Int32Array, word: number): void {
  mixWords(lanes, Int32Array.of(word), 1);
}

function finish(lane: number): number {
  let hash = lane;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
