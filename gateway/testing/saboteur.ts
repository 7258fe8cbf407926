/**
 * Loaded with `node --import` into every thread of a venue under test: makes a thread fail in the middle of its work, as a mistake in
 * our code would. The name of a session that logs on says what happens:
 *
 *   kill-engine-always…  the engine throws whenever it opens that session: a command that kills it again at every replay
 *   kill-engine-once…    the same, but only the first time
 *   hang-engine-once     the engine does not return, the first time
 *   kill-gateway…        the gateway that gets the logon throws
 *
 * What "first" is outlives threads and processes in a file: FAIRLEAD_SABOTAGE names a folder for it.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, workerData } from "node:worker_threads";

const folder = process.env["FAIRLEAD_SABOTAGE"] ?? "";

function isFirst(name: string): boolean {
  const path = join(folder, name);
  if (existsSync(path)) return false;
  writeFileSync(path, "");
  return true;
}

/** Session names are keys of the engine's map of sessions. */
function sabotageEngine(): void {
  replaceMethod(Map.prototype, "get", (key) => {
    if (typeof key === "string") failOn(key);
  });
}

function failOn(name: string): void {
  if (name.startsWith("kill-engine-always")) throw new Error(`sabotaged by ${name}`);
  if (name.startsWith("kill-engine-once") && isFirst(name)) throw new Error(`sabotaged by ${name}`);
  if (name.startsWith("hang-engine-once") && isFirst(name)) for (;;);
}

/** A logon's session name is matched with a pattern. */
function sabotageGateway(): void {
  replaceMethod(RegExp.prototype, "test", (text) => {
    if (String(text).startsWith("kill-gateway") && isFirst(String(text)))
      throw new Error(`sabotaged by ${String(text)}`);
  });
}

/** The method does what it did, after `before` has seen its argument. */
function replaceMethod(prototype: object, name: string, before: (argument: unknown) => void): void {
  const original = Reflect.get(prototype, name) as (argument: unknown) => unknown;
  Reflect.set(prototype, name, function sabotaged(this: unknown, argument: unknown): unknown {
    before(argument);
    return original.call(this, argument);
  });
}

const data = workerData as { commandRings?: unknown; lanes?: unknown; storage?: unknown } | null;
if (!isMainThread && data !== null) {
  if (data.commandRings !== undefined || (data.storage !== undefined && data.lanes === undefined)) sabotageEngine();
  else if (data.lanes !== undefined) sabotageGateway();
}
