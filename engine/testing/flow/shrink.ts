/**
 * Makes a failing sequence of commands short: leaves out as much as possible, then makes what is left plain. What belongs
 * together, the orders of a list or the terms of a definition, is left out together.
 */
import { CommandKind } from "../../../protocol/record/command-record.ts";
import { type CommandFields, commandOf } from "../command-fields.ts";

export type Fails = (commands: readonly CommandFields[]) => boolean;

export function shrunk(commands: readonly CommandFields[], fails: Fails): CommandFields[] {
  return plainer(shorter(commands, fails), fails);
}

/** Tries without half of them, then without ever smaller parts. */
function shorter(commands: readonly CommandFields[], fails: Fails): CommandFields[] {
  let units = unitsOf(commands);
  for (let length = Math.ceil(units.length / 2); length >= 1;) {
    let hasHelped = false;
    for (let at = units.length - length; at > -length; at -= length) {
      const rest = units.toSpliced(Math.max(at, 0), at < 0 ? length + at : length);
      if (rest.length === units.length || !fails(rest.flat())) continue;
      units = rest;
      hasHelped = true;
    }
    if (length === 1 && !hasHelped) break;
    length = length === 1 ? 1 : Math.ceil(length / 2);
  }
  return units.flat();
}

/** Commands that only make sense together. */
export function unitsOf(commands: readonly CommandFields[]): CommandFields[][] {
  const units: CommandFields[][] = [];
  for (const command of commands) {
    const unit = units.at(-1);
    const before = unit?.at(-1);
    if (unit !== undefined && before !== undefined && belongsTo(command, before)) unit.push(command);
    else units.push([command]);
  }
  return units;
}

function belongsTo(command: CommandFields, before: CommandFields): boolean {
  if (before.kind === CommandKind.InstrumentTerm) return true;
  return command.kind === CommandKind.NewOrder && ((command.connection >>> 8) & 0xff) > 0;
}

/** Left as they are: what a command cannot do without. */
const NEEDED: ReadonlySet<string> = new Set(["kind", "sequence", "time", "session", "gateway", "connection", "name"]);

function plainer(commands: readonly CommandFields[], fails: Fails): CommandFields[] {
  const result = [...commands];
  for (const [index, command] of commands.entries()) {
    for (const name of Object.keys(command) as (keyof CommandFields)[]) {
      const present = result[index] as CommandFields;
      if (NEEDED.has(name) || present[name] === 0) continue;
      // The Extended flag is set anew where a field still needs it.
      const flags = name === "flags" ? 0 : present.flags;
      const tried = result.with(index, commandOf({ ...present, flags, [name]: 0 }));
      if (fails(tried)) result[index] = tried[index] as CommandFields;
    }
  }
  return result;
}
