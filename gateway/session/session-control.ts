/**
 * Opens and closes sessions on the engines.
 *
 * The first engine decides who owns a session name, because two gateways may be asked for the same one at the same time;
 * the others are opened after its yes and follow it.
 */
import {
  CMD_OPENING,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_SESSION,
  CommandFlag,
  CommandKind,
  commandHead,
} from "../../protocol/record/command-record.ts";
import { NO_SESSION } from "../../protocol/record/event-record.ts";
import { CommandScratch } from "../command-scratch.ts";
import type { ControlCommands } from "../control-commands.ts";
import type { EngineLane } from "../engine-lane.ts";
import type { OrderSession } from "./order-session.ts";

export class SessionControl {
  readonly #lanes: readonly EngineLane[];
  readonly #commands: ControlCommands;

  constructor(lanes: readonly EngineLane[], commands: ControlCommands) {
    this.#lanes = lanes;
    this.#commands = commands;
  }

  /**
   * Asks the engine to open the session; it answers with sessionOpened or sessionRefused for the connection.
   *
   * @param opening Sequence number of the first engine's yes, which tells the others a late command from a new one; 0 for
   *   the first engine itself.
   */
  open(session: OrderSession, engine: number, opening: number): void {
    const command = controlCommand(CommandKind.OpenSession);
    const name = Buffer.from(session.name, "ascii");
    command.i32[CMD_CONNECTION] = session.connection;
    command.f64[CMD_OPENING] = opening;
    command.i32[CMD_FLAGS] = session.cancelOnDisconnect ? CommandFlag.CancelOnDisconnect : 0;
    command.i32[CMD_NAME_BYTES] = name.length;
    command.bytes.set(name, CMD_NAME * Int32Array.BYTES_PER_ELEMENT);
    this.#commands.send(engine, command);
  }

  /** Closes the session on every engine that has opened it. */
  closeEverywhere(session: OrderSession): void {
    for (const lane of this.#lanes) {
      const handle = session.handles[lane.engine] as number;
      if (handle === NO_SESSION) continue;
      session.handles[lane.engine] = NO_SESSION;
      if (lane.sessions[handle] === session) lane.sessions[handle] = undefined;
      this.closeHandle(lane.engine, handle, session.connection);
    }
  }

  /** @param connection Which of the session's connections has ended: another one may hold the handle already. */
  closeHandle(engine: number, handle: number, connection: number): void {
    const command = controlCommand(CommandKind.CloseSession);
    command.i32[CMD_SESSION] = handle;
    command.i32[CMD_CONNECTION] = connection;
    this.#commands.send(engine, command);
  }

  followBook(engine: number, instrumentId: number): void {
    const command = controlCommand(CommandKind.FollowBook);
    command.i32[CMD_INSTRUMENT_ID] = instrumentId;
    this.#commands.send(engine, command);
  }

  unfollowBook(engine: number, instrumentId: number): void {
    const command = controlCommand(CommandKind.UnfollowBook);
    command.i32[CMD_INSTRUMENT_ID] = instrumentId;
    this.#commands.send(engine, command);
  }
}

function controlCommand(kind: CommandKind): CommandScratch {
  const command = new CommandScratch();
  command.i32[CMD_HEAD] = commandHead(kind, 0, 0, 0);
  return command;
}
