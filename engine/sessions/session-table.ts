/**
 * The named sessions that this engine knows. A session outlives its connections: its orders, the ids it has used and its
 * report count stay while nobody is connected.
 *
 * A handle is an index into the table. When the table is full, the handle that has been without a connection for longest
 * and has no open order goes to the new name; "longest" counts disconnections, not time, so that a replay chooses alike.
 *
 *   int32  0  gateway          NO_GATEWAY while not connected
 *          1  connection       its number at that gateway
 *          2  cancelOnDisconnect
 *          3  sequence         reports made so far, wrapping
 *          4  openHead, openTail, openCount     open orders in the order of their entry
 *         10  disconnectedAt (f64)              count of disconnections when it lost its connection
 *         12  opening (f64)                     which of its openings the last one was, as its openSession said
 */
import { assert } from "../../protocol/assert.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import type { EngineMemory } from "../memory.ts";
import { NO_ORDER } from "../orders/order-record.ts";

export const NO_GATEWAY = -1;

export const SESSION_I32_SHIFT = 4;

export const SES_GATEWAY = 0;
const CONNECTION = 1;
const CANCEL_ON_DISCONNECT = 2;
export const SES_SEQUENCE = 3;
/** The list fields belong to OrderRegistry; indices into `i32` after `SessionTable.baseOf`. */
export const SES_OPEN_HEAD = 4;
export const SES_OPEN_TAIL = 5;
export const SES_OPEN_COUNT = 6;
const DISCONNECTED_AT = 5; // F64
const OPENING = 6; // F64

const CONNECTED = 0;
const DISCONNECTIONS = 1;
const REGISTERS = 2;

export class SessionTable {
  readonly i32: Int32Array;
  readonly #f64: Float64Array;
  /** Name by handle; grows to `capacity` and stays there. */
  readonly #names: string[];
  readonly #handles: Map<string, number>;
  readonly capacity: number;
  readonly #registers: Float64Array;

  constructor(memory: EngineMemory, capacity: number) {
    assert(capacity >= 1 && capacity <= 2 ** 20, "there are 1 to 2^20 sessions");
    const used = (): number => this.#names.length << SESSION_I32_SHIFT;
    const { i32, f64 } = memory.allocate("sessions", capacity << SESSION_I32_SHIFT, used);
    this.i32 = i32;
    this.#f64 = f64;
    this.#registers = memory.allocate("session counts", REGISTERS * 2).f64;
    this.#names = [];
    this.#handles = new Map();
    this.capacity = capacity;
    this.disconnectUnknown();
  }

  /** Handles that were never given out are not connected: zeros in their place would say that they are, at gateway 0. */
  disconnectUnknown(): void {
    for (let session = this.#names.length; session < this.capacity; session++) {
      this.i32[this.baseOf(session) + SES_GATEWAY] = NO_GATEWAY;
    }
  }

  get connectedCount(): number {
    return this.#registers[CONNECTED] as number;
  }

  /** Name by handle: with the regions of the memory, all that this table remembers. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** After the regions were replaced by those of a snapshot. */
  restoreNames(names: readonly string[]): void {
    this.#names.splice(0, Infinity, ...names);
    this.#handles.clear();
    for (const [session, name] of names.entries()) this.#handles.set(name, session);
  }

  /** Handles in use are 0 … knownCount − 1. */
  get knownCount(): number {
    return this.#names.length;
  }

  baseOf(session: number): number {
    return session << SESSION_I32_SHIFT;
  }

  /** NO_SESSION when the name is not known. */
  find(name: string): number {
    return this.#handles.get(name) ?? NO_SESSION;
  }

  gatewayOf(session: number): number {
    return this.i32[(session << SESSION_I32_SHIFT) + SES_GATEWAY] as number;
  }

  connectionOf(session: number): number {
    return this.i32[this.baseOf(session) + CONNECTION] as number;
  }

  /** Grows with every opening; 0 before the first. */
  openingOf(session: number): number {
    return this.#f64[(this.baseOf(session) >> 1) + OPENING] as number;
  }

  cancelsOnDisconnect(session: number): boolean {
    return this.i32[this.baseOf(session) + CANCEL_ON_DISCONNECT] === 1;
  }

  /** Whether commands of that session may come from that gateway. Any int32 may be asked about. */
  isConnectedAt(session: number, gateway: number): boolean {
    return session >= 0 && session < this.#names.length && this.gatewayOf(session) === gateway;
  }

  sequenceOf(session: number): number {
    return this.i32[this.baseOf(session) + SES_SEQUENCE] as number;
  }

  /** Counts one more report and returns its number. */
  nextSequence(session: number): number {
    const at = (session << SESSION_I32_SHIFT) + SES_SEQUENCE;
    const sequence = ((this.i32[at] as number) + 1) | 0;
    this.i32[at] = sequence;
    return sequence;
  }

  openCountOf(session: number): number {
    return this.i32[this.baseOf(session) + SES_OPEN_COUNT] as number;
  }

  /** Adds a name that is not known yet, not connected. NO_SESSION when the table is full. */
  add(name: string): number {
    const session = this.#names.length;
    if (session === this.capacity) return NO_SESSION;
    this.#names.push(name);
    this.#clear(session, name);
    return session;
  }

  /** The handle that a new name may take over: see the file's header. NO_SESSION when there is none. */
  oldestIdle(): number {
    let oldest = NO_SESSION;
    for (let session = 0; session < this.#names.length; session++) {
      if (this.gatewayOf(session) !== NO_GATEWAY || this.openCountOf(session) !== 0) continue;
      if (oldest === NO_SESSION || this.#disconnectedAt(session) < this.#disconnectedAt(oldest)) oldest = session;
    }
    return oldest;
  }

  /** Gives the handle to another name. The orders of the old one have been forgotten before. */
  rename(session: number, name: string): void {
    assert(this.openCountOf(session) === 0, "a handle changes hands without open orders");
    this.#handles.delete(this.#names[session] as string);
    this.#names[session] = name;
    this.#clear(session, name);
  }

  connect(session: number, gateway: number, connection: number, cancelOnDisconnect: boolean, opening: number): void {
    const base = this.baseOf(session);
    assert(this.i32[base + SES_GATEWAY] === NO_GATEWAY, "a session has one connection at a time");
    this.i32[base + SES_GATEWAY] = gateway;
    this.i32[base + CONNECTION] = connection;
    this.i32[base + CANCEL_ON_DISCONNECT] = cancelOnDisconnect ? 1 : 0;
    this.#f64[(base >> 1) + OPENING] = opening;
    this.#count(CONNECTED, 1);
  }

  disconnect(session: number): void {
    const base = this.baseOf(session);
    assert(this.i32[base + SES_GATEWAY] !== NO_GATEWAY, "a session that is disconnected was connected");
    this.i32[base + SES_GATEWAY] = NO_GATEWAY;
    this.#count(CONNECTED, -1);
    this.#count(DISCONNECTIONS, 1);
    this.#f64[(base >> 1) + DISCONNECTED_AT] = this.#registers[DISCONNECTIONS] as number;
  }

  #count(register: number, change: number): void {
    this.#registers[register] = (this.#registers[register] as number) + change;
  }

  #disconnectedAt(session: number): number {
    return this.#f64[(this.baseOf(session) >> 1) + DISCONNECTED_AT] as number;
  }

  #clear(session: number, name: string): void {
    const base = this.baseOf(session);
    this.#handles.set(name, session);
    this.i32.fill(0, base, base + (1 << SESSION_I32_SHIFT));
    this.i32[base + SES_GATEWAY] = NO_GATEWAY;
    this.i32[base + SES_OPEN_HEAD] = NO_ORDER;
    this.i32[base + SES_OPEN_TAIL] = NO_ORDER;
  }
}
