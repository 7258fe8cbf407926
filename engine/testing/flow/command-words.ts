/** Commands as text, one per line, with the fields that are not zero: to read, and to paste into a test. */
import { CommandKind } from "../../../protocol/record/command-record.ts";
import type { CommandFields } from "../command-fields.ts";

/** Given by the place in the flow, or only marks for the way back. */
const UNTOLD: ReadonlySet<string> = new Set(["kind", "gatewayInNs", "receivedAt"]);

export function linesOf(commands: readonly CommandFields[]): string {
  return commands.map(lineOf).join("\n");
}

function lineOf(command: CommandFields): string {
  const kind = Object.entries(CommandKind).find(([, code]) => code === command.kind)?.[0] ?? command.kind;
  const fields = Object.entries(command).filter(([name, value]) => !UNTOLD.has(name) && value !== 0 && value !== "");
  const texts = fields.map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `commandOf({ kind: CommandKind.${kind}, ${texts.join(", ")} }),`;
}
