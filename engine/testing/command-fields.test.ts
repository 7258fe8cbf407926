import { expect, test } from "vitest";
import { CommandFlag, RECORD_BYTES } from "../../protocol/record/command-record.ts";
import { readCommand, writeCommand } from "./command-fields.ts";
import { NumberedFlow } from "./crash/numbered-flow.ts";

const COMMANDS = 5000;

test("a command is read as it was written", () => {
  const record = new ArrayBuffer(RECORD_BYTES);
  const i32 = new Int32Array(record);
  const f64 = new Float64Array(record);
  const flow = new NumberedFlow(1);
  for (let sequence = 1; sequence <= COMMANDS; sequence++) {
    const command = flow.command(sequence);
    expect(command.flags & CommandFlag.Stamped).toBe(0);
    writeCommand(command, i32, f64, 0);
    expect(readCommand(i32, f64, 0)).toEqual(command);
  }
});
