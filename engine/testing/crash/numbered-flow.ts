import { CommandFlag, CommandKind } from "../../../protocol/record/command-record.ts";
import type { CommandFields } from "../command-fields.ts";
import { CommandFlow } from "../flow/command-flow.ts";

/**
 * The commands of a flow that are sequenced, by sequence number from 1 on, as a journal keeps them: without measurements. Whoever has
 * the seed has the same ones.
 */
export class NumberedFlow {
  readonly #flow: CommandFlow;
  /** Those that may be asked for again. */
  #commands: CommandFields[] = [];
  #first = 1;

  constructor(seed: number) {
    this.#flow = new CommandFlow({ seed });
  }

  command(sequence: number): CommandFields {
    while (sequence >= this.#first + this.#commands.length) this.#draw();
    return this.#commands[sequence - this.#first] as CommandFields;
  }

  /** Those up to this one are not asked for any more. */
  forget(through: number): void {
    if (through >= this.#first) this.command(through);
    this.#commands = this.#commands.slice(through + 1 - this.#first);
    this.#first = through + 1;
  }

  #draw(): void {
    const command = this.#flow.next();
    if (command.kind === CommandKind.FollowBook || command.kind === CommandKind.UnfollowBook) return;
    const sequence = this.#first + this.#commands.length;
    const flags = command.flags & ~CommandFlag.Stamped;
    this.#commands.push({ ...command, flags, gatewayInNs: 0, receivedAt: 0, sequence });
  }
}
