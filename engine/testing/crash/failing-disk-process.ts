/**
 * A process whose disk fails, run under strace with `when=CALLS+CALLS`: every CALLS-th call of a thread fails. Between two failures the
 * thread spends all but n calls elsewhere, so that it is the n-th call on its journal that fails. It goes on with what is there
 * then, and what comes back is held to what was promised. Prints what it counted, or fails.
 */
import type { Worker } from "node:worker_threads";
import { join } from "node:path";
import { JournalPromises } from "./journal-promises.ts";
import { beginTask, heard, startJournalTask } from "./journal-task.ts";

const [folder = "", seed = "", callsText = ""] = process.argv.slice(2);
const calls = Number(callsText);
const counts = { failures: 0, failedStarts: 0, commands: 0, snapshots: 0 };

async function failAt(task: Worker, nth: number, promises: JournalPromises): Promise<void> {
  try {
    promises.check(await beginTask(task, { callsBefore: calls - nth }));
    promises.note(await heard(task, "stopped"));
  } catch (error) {
    const { message } = error as Error;
    // A start that fails has promised nothing, and taken nothing back.
    if (!message.includes("EIO")) throw new Error(`call ${nth}: ${message}`, { cause: error });
    counts.failedStarts++;
  }
  counts.failures++;
}

const promises = new JournalPromises(Number(seed));
const task = startJournalTask({ dataDirectory: join(folder, "data"), seed: Number(seed), writesSingly: true });
for (let nth = 1; nth <= calls; nth++) await failAt(task, nth, promises);
await task.terminate();
process.stdout.write(
  JSON.stringify({ ...counts, commands: promises.counts.commands, snapshots: promises.counts.snapshots }),
);
