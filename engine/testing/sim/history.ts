/**
 * What really happened: every command that the journal was given, and what an engine that was never interrupted makes of those
 * that are settled, which no crash can take back any more.
 *
 * Invariants:
 *  1. Commands have every sequence number from 1 on, once.
 *  2. The reference has applied exactly the settled ones.
 */
import { ExecType } from "../../../protocol/codes.ts";
import { CMD_SEQUENCE, RECORD_BYTES } from "../../../protocol/record/command-record.ts";
import { EventKind } from "../../../protocol/record/event-record.ts";
import type { MatchingEngine } from "../../matching-engine.ts";
import { fieldsOf, isAddressed } from "./event-text.ts";
import type { Reference } from "./reference.ts";
import { demand } from "./simulation-failure.ts";

const RECORD_I32 = RECORD_BYTES / 4;

export class History {
  readonly #reference: Reference;
  /** For looking ahead: commands that are not settled yet. */
  readonly #scout: Reference;
  readonly #commands: Int32Array[] = [];
  /** Of the settled commands, by sequence − 1, then by gateway. */
  readonly #events: string[][][] = [];
  /** Session and client order id of every order that was ever accepted. */
  readonly #accepted = new Set<string>();

  constructor(reference: Reference, scout: Reference) {
    this.#reference = reference;
    this.#scout = scout;
    reference.reset();
    reference.followAll();
  }

  /** Of the last command. */
  get sequence(): number {
    return this.#commands.length;
  }

  get settled(): number {
    return this.#events.length;
  }

  /** A command that the journal was given: its record at `base`. */
  add(i32: Int32Array, f64: Float64Array, base: number): void {
    const sequence = f64[(base >> 1) + CMD_SEQUENCE] as number;
    demand(sequence === this.sequence + 1, () => `the journal was given command ${sequence} after ${this.sequence}`);
    this.#commands.push(i32.slice(base, base + RECORD_I32));
  }

  /** Everything up to this command has survived, and nothing after it. */
  settle(sequence: number): void {
    this.#commands.length = sequence;
    for (let at = this.settled; at < sequence; at++) {
      const events = this.#reference.apply(this.#commands[at] as Int32Array);
      this.#events.push(events);
      for (const text of events.flat()) this.#checkAcceptedOnce(text);
    }
  }

  /** By gateway. */
  eventsOf(sequence: number): readonly (readonly string[])[] {
    return this.#events[sequence - 1] ?? [];
  }

  /** State hash of an engine that has applied the commands up to that one. */
  hashAfter(sequence: number): string {
    if (sequence === this.settled) return this.#reference.engine.stateHash();
    if (sequence < this.settled) this.#scout.reset();
    else this.#scout.takeOver(this.#reference);
    for (let at = this.#scout.sequence; at < sequence; at++) this.#scout.apply(this.#commands[at] as Int32Array);
    return this.#scout.engine.stateHash();
  }

  /** Names of the parts of the state that differ from what an engine has that was never interrupted. */
  differencesOf(engine: MatchingEngine): string {
    const expected = this.#reference.engine.view();
    const { regions, sessionNames } = engine.view();
    const differing = regions.filter(({ words }, n) => {
      const others = expected.regions[n]?.words;
      return others?.length !== words.length || words.some((word, at) => word !== others[at]);
    });
    const names = differing.map(({ name }) => name);
    return [...names, ...(sessionNames.join() === expected.sessionNames.join() ? [] : ["session names"])].join(", ");
  }

  /** A client order id is one order, whatever died in between. */
  #checkAcceptedOnce(text: string): void {
    if (text.charCodeAt(0) !== EventKind.ExecutionReport || text.charCodeAt(1) !== ExecType.New) return;
    if (!isAddressed(text)) return;
    const { session, clientOrderId } = fieldsOf(text);
    const order = `${session}/${clientOrderId}`;
    demand(!this.#accepted.has(order), () => `session ${session} has two orders with the id ${clientOrderId}`);
    this.#accepted.add(order);
  }

  /** Of the settled commands. */
  get commands(): readonly Int32Array[] {
    return this.#commands.slice(0, this.settled);
  }
}
