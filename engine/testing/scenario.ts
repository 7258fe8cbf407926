/**
 * Plays a scenario on an engine: sends what its lines say and tells what came. The language: scenarios/README.md.
 *
 * The clock stands still until a "time" line moves it: commands come at one time and are told apart by their sequence.
 * Sessions a and b are open from the start; what a line does not say otherwise is done by a, on instrument 1.
 */
import { ExecType, Side } from "../../protocol/codes.ts";
import { CommandFlag, CommandKind } from "../../protocol/record/command-record.ts";
import { EventKind, NO_SESSION } from "../../protocol/record/event-record.ts";
import { type CommandFields, commandOf } from "./command-fields.ts";
import type { EventFields } from "./event-fields.ts";
import { OPERATOR, parseCommand, parseInstrument } from "./scenario-command.ts";
import { describeEvents } from "./scenario-event.ts";
import { type ScenarioStep, stepOf } from "./scenario-file.ts";
import { ScenarioError, Words } from "./scenario-line.ts";
import type { Fields } from "./scenario-order.ts";

/** What a scenario is played on: the engine, or its twin. */
export interface ScenarioEngine {
  /** @returns the events of this command, index = gateway. */
  apply(command: CommandFields): EventFields[][];
}

interface Sender {
  readonly handle: number;
  readonly gateway: number;
  readonly connection: number;
}

const FIRST_TIME = 1000;
const NOBODY: Sender = { handle: NO_SESSION, gateway: 0, connection: 0 };

export class Scenario {
  readonly #engine: ScenarioEngine;
  readonly #senders = new Map<string, Sender>();
  /** The request that introduced a client order id, by session and id. */
  readonly #origins = new Map<string, Fields>();
  readonly #followed = new Set<number>();
  #sequence = 0;
  #time: number;

  constructor(engine: ScenarioEngine, time = FIRST_TIME) {
    this.#engine = engine;
    this.#time = time;
    this.events("open a");
    this.events("open b");
  }

  /** Each step with what came of it, and the same as the case expects it. */
  play(steps: readonly ScenarioStep[]): { expected: string; actual: string } {
    const expected: string[] = [];
    const actual: string[] = [];
    for (const step of steps) {
      const came = this.#outcome(step);
      if (step.expected === undefined) expected.push(step.commandText);
      else expected.push(told(step.commandText, step.expected));
      actual.push(step.expected === undefined ? step.commandText : told(step.commandText, came));
    }
    return { expected: expected.join("\n"), actual: actual.join("\n") };
  }

  /** Applies one line; all events, gateway by gateway. */
  events(line: string): EventFields[] {
    return this.#run(stepOf("line", line).command);
  }

  /** The same in words. */
  outcome(line: string): string {
    return describeEvents(this.events(line), []).join(", ");
  }

  /** The terms of an instrument, before anything else happens. */
  define(terms: Words): void {
    for (const command of parseInstrument(terms)) this.#send(command, NOBODY);
  }

  #outcome(step: ScenarioStep): string[] {
    try {
      if (step.commandText.startsWith("book")) return [this.#book(step.command)];
      return describeEvents(this.#run(step.command), step.expected ?? []);
    } catch (error) {
      if (error instanceof ScenarioError) throw error;
      throw new Error(`${step.place}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  #run(words: Words): EventFields[] {
    const who = words.peek().endsWith(":") ? words.next("session").slice(0, -1) : "a";
    if (words.has("time")) return this.#advance(words);
    if (words.has("open")) return this.#open(words);
    const sender = this.#senders.get(who) ?? NOBODY;
    if (words.has("status")) return this.#askStatus(words, who, sender);
    return parseCommand(words, who).flatMap((command) => {
      const events = this.#send(command, who === OPERATOR ? NOBODY : sender);
      this.#remember(command, who, events);
      return events;
    });
  }

  #send(command: Fields, sender: Sender): EventFields[] {
    this.#sequence += 1;
    const { handle: session, gateway } = sender;
    // What an order has in the place of the connection is its link.
    const connection = command.kind === CommandKind.CloseSession ? sender.connection : 0;
    const stamp = { session, gateway, connection, sequence: this.#sequence, time: this.#time };
    return this.#engine.apply(commandOf({ ...stamp, ...command })).flat();
  }

  #advance(words: Words): EventFields[] {
    this.#time = words.time("time");
    words.end();
    return this.#send({ kind: CommandKind.AdvanceTime }, NOBODY);
  }

  #open(words: Words): EventFields[] {
    const name = words.next("session");
    const gateway = words.has("via") ? words.number("gateway") : 0;
    const flags = words.has("canceling") ? CommandFlag.CancelOnDisconnect : 0;
    words.end();
    const connection = this.#sequence + 1;
    const events = this.#send({ kind: CommandKind.OpenSession, name, gateway, flags, connection }, NOBODY);
    for (const { kind, session } of events) {
      if (kind === EventKind.SessionOpened) this.#senders.set(name, { handle: session, gateway, connection });
    }
    return events;
  }

  /** Repeating the request that introduced the id is how its state is asked for. */
  #askStatus(words: Words, who: string, sender: Sender): EventFields[] {
    const origin = this.#origins.get(`${who} ${words.peek()}`);
    if (origin === undefined) throw words.error(`${who} has not used this client order id:`);
    words.number("client order id");
    words.end();
    return this.#send(origin, sender);
  }

  #remember(command: Fields, who: string, events: readonly EventFields[]): void {
    if (command.kind === CommandKind.FollowBook) this.#followed.add(command.instrumentId ?? 0);
    if (command.kind === CommandKind.UnfollowBook) this.#followed.delete(command.instrumentId ?? 0);
    const isOrder = command.kind === CommandKind.NewOrder || command.kind === CommandKind.ReplaceOrder;
    const key = `${who} ${command.clientOrderId}`;
    const isAccepted = events.some(
      ({ execType, clientOrderId }) =>
        clientOrderId === command.clientOrderId && (execType === ExecType.New || execType === ExecType.Replaced),
    );
    if (!isOrder || (this.#origins.has(key) && !isAccepted)) return;
    // An order of a list is asked for by itself.
    const { connection: _link, ...origin } = command;
    this.#origins.set(key, origin);
  }

  /** The shown book, as a gateway that begins to follow it is told. */
  #book(words: Words): string {
    words.next("book");
    const instrumentId = words.isEmpty ? 1 : words.number("instrument");
    words.end();
    const levels = this.#send({ kind: CommandKind.FollowBook, instrumentId }, NOBODY);
    if (!this.#followed.has(instrumentId)) this.#send({ kind: CommandKind.UnfollowBook, instrumentId }, NOBODY);
    const sides = [
      ["bids", Side.Buy],
      ["offers", Side.Sell],
    ] as const;
    const parts = sides.map(([name, side]) => {
      const ladder = levels.filter((level) => level.kind === EventKind.SnapshotLevel && level.side === side);
      const texts = ladder.map((level) => `${level.levelQty} @ ${level.price} x${level.levelOrderCount}`);
      return texts.length === 0 ? "" : `${name}: ${texts.join(", ")}`;
    });
    return parts.filter((part) => part !== "").join("; ") || "empty";
  }
}

function told(command: string, events: readonly string[]): string {
  return `${command} -> ${events.join(", ")}`.trimEnd();
}
