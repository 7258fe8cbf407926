/** A gateway with simulated sockets: a real lane, and clients that are called directly. It routes as report-router.ts does. */
import { CommandScratch } from "../../../gateway/command-scratch.ts";
import { EngineLane, type EngineLaneParts } from "../../../gateway/engine-lane.ts";
import { CommandKind } from "../../../protocol/record/command-record.ts";
import {
  EVT_HEAD,
  EVT_PRICE,
  EVT_SEQUENCE,
  EVT_SESSION,
  EventKind,
  NO_SESSION,
} from "../../../protocol/record/event-record.ts";
import { EMPTY } from "../../../protocol/ring/ring-consumer.ts";
import { type CommandFields, commandOf, writeCommand } from "../command-fields.ts";
import { eventText } from "./event-text.ts";
import type { LedgerLine } from "./ledger.ts";
import type { SimClient } from "./sim-client.ts";

/** Orders in a list. */
const MAX_TOGETHER = 3;

export class SimGateway {
  readonly index: number;
  readonly line: LedgerLine;
  readonly #lane: EngineLane;
  readonly #now: () => number;
  readonly #onEvent: (i32: Int32Array, base: number) => void;
  readonly #scratches = Array.from({ length: MAX_TOGETHER }, () => new CommandScratch());
  /** By the number of their connection. */
  readonly #connections = new Map<number, SimClient>();
  /** By handle. */
  readonly #sessions: (SimClient | undefined)[] = [];
  /** Sessions that are to be closed once there is room for that. */
  readonly #closing: CommandFields[] = [];

  constructor(
    line: LedgerLine,
    laneParts: EngineLaneParts,
    now: () => number,
    onEvent: (i32: Int32Array, base: number) => void,
  ) {
    this.index = line.gateway;
    this.line = line;
    this.#lane = new EngineLane(laneParts);
    this.#now = now;
    this.#onEvent = onEvent;
  }

  get isStorageFull(): boolean {
    return this.#lane.isStorageFull;
  }

  /** Whether anything is under way to or from the engine. */
  get isBusy(): boolean {
    return this.#closing.length > 0 || this.#lane.isBusy();
  }

  /** Whether the engine has told something that was not taken. */
  get hasUnread(): boolean {
    return this.#lane.events.peek() !== EMPTY;
  }

  /** The engine is gone, and another one will tell again what this gateway may not have heard. Returns the last command that it has. */
  awaitEngine(published: number): number {
    this.#lane.expectRepeats(published);
    return this.#lane.lastSequence;
  }

  /** Whether the session is asked for; otherwise the ring is full. */
  logOn(client: SimClient, connection: number, flags: number): boolean {
    const command = commandOf({ kind: CommandKind.OpenSession, connection, flags, name: client.name });
    if (!this.sendControl(command)) return false;
    this.#connections.set(connection, client);
    return true;
  }

  /** The connection is gone. */
  drop(connection: number, session: number | undefined): void {
    this.#connections.delete(connection);
    if (session === undefined) return;
    this.#sessions[session] = undefined;
    this.#close(session, connection);
  }

  /** One order command, or the orders of one list. False: busy, and nothing was sent. */
  send(commands: readonly CommandFields[], session: number): boolean {
    const scratches = commands.map((command, n) => {
      const scratch = this.#scratches[n] as CommandScratch;
      writeCommand(command, scratch.i32, scratch.f64, 0);
      return scratch;
    });
    const [only] = scratches;
    if (scratches.length === 1 && only !== undefined) return this.#lane.send(only, session, this.#now());
    return this.#lane.sendTogether(scratches, session, this.#now());
  }

  sendControl(command: CommandFields): boolean {
    const scratch = this.#scratches[0] as CommandScratch;
    writeCommand(command, scratch.i32, scratch.f64, 0);
    return this.#lane.sendControl(scratch);
  }

  /** Takes at most so many events. Returns how many. */
  turn(maxEvents: number): number {
    this.#sendClosings();
    let count = 0;
    for (let base = this.#lane.peekEvent(); base !== EMPTY && count < maxEvents; base = this.#lane.peekEvent()) {
      if (this.#lane.isRepeat(base)) this.#lane.skipEvent();
      else this.#take(base);
      count++;
    }
    this.#lane.events.release();
    this.#lane.endTurn();
    return count;
  }

  #take(base: number): void {
    const { i32, f64 } = this.#lane.events;
    this.line.add(f64[(base >> 1) + EVT_SEQUENCE] as number, eventText(i32, base));
    this.#onEvent(i32, base);
    this.#route(i32, base);
    this.#lane.nextEvent(base);
  }

  #route(i32: Int32Array, base: number): void {
    const kind = (i32[base + EVT_HEAD] as number) & 0xff;
    const session = i32[base + EVT_SESSION] as number;
    const connection = i32[base + EVT_PRICE] as number;
    if (kind <= EventKind.MassCancelReport) {
      if (session !== NO_SESSION) this.#sessions[session]?.hear(i32, base);
    } else if (kind === EventKind.SessionOpened) this.#opened(connection, session, i32, base);
    else if (kind === EventKind.SessionRefused) {
      this.#connections.get(connection)?.refused();
      this.#connections.delete(connection);
    }
  }

  #opened(connection: number, session: number, i32: Int32Array, base: number): void {
    const client = this.#connections.get(connection);
    if (client === undefined) return this.#close(session, connection);
    this.#sessions[session] = client;
    client.opened(session, i32, base);
  }

  #close(session: number, connection: number): void {
    this.#closing.push(commandOf({ kind: CommandKind.CloseSession, session, connection }));
  }

  #sendClosings(): void {
    while (this.#closing.length > 0 && this.sendControl(this.#closing[0] as CommandFields)) this.#closing.shift();
  }
}
