import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { NotifySocket, whyNoNotifySocket } from "../testing/notify-socket.ts";
import { SystemdNotifier } from "./systemd-notifier.ts";

interface Warnings {
  readonly problems: string[];
  readonly warn: (fields: { readonly problem: string }) => void;
}

function warnings(): Warnings {
  const problems: string[] = [];
  return { problems, warn: ({ problem }) => problems.push(problem) };
}

/** Process ids. */
function children(): number[] {
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

test("nothing is done where nobody listens", () => {
  const logger = warnings();
  const notifier = new SystemdNotifier(logger, { WATCHDOG_USEC: "1000000" });
  notifier.ready("open");
  notifier.watchdog();
  notifier.stopping();
  expect(notifier.intervalMs).toBeUndefined();
  expect(logger.problems).toEqual([]);
});

test.each([
  [{ WATCHDOG_USEC: "30000000" }, 15_000],
  [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: String(process.pid) }, 15_000],
  [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" }, undefined],
  [{ WATCHDOG_USEC: "0" }, undefined],
  [{ WATCHDOG_USEC: "soon" }, undefined],
  [{}, undefined],
])("with %o the watchdog wants to be fed every %s ms", (env, intervalMs) => {
  const notifier = new SystemdNotifier(warnings(), { ...process.env, ...env, NOTIFY_SOCKET: "/nowhere" });
  expect(notifier.intervalMs).toBe(intervalMs);
});

test("systemd hears what systemd-notify sends, in order", async (context) => {
  const reason = whyNoNotifySocket();
  if (reason !== undefined) context.skip(reason);
  const socket = await NotifySocket.open();
  onTestFinished(() => socket.close());
  const logger = warnings();
  const notifier = new SystemdNotifier(logger, { ...process.env, NOTIFY_SOCKET: socket.path });
  notifier.ready(String.raw`open on $HOME and "7001" \ 7002`);
  notifier.status("two\nlines");
  notifier.watchdog();
  notifier.stopping();
  const told = [];
  for (let n = 0; n < 5; n++) told.push(await socket.next());
  expect(told).toEqual([
    "READY=1",
    String.raw`STATUS=open on $HOME and "7001" \ 7002`,
    "STATUS=two lines",
    "WATCHDOG=1",
    "STOPPING=1",
  ]);
  expect(logger.problems).toEqual([]);
});

test("a helper that was killed is replaced with the next message", async (context) => {
  const reason = whyNoNotifySocket();
  if (reason !== undefined) context.skip(reason);
  const socket = await NotifySocket.open();
  onTestFinished(() => socket.close());
  const logger = warnings();
  const before = children();
  const notifier = new SystemdNotifier(logger, { ...process.env, NOTIFY_SOCKET: socket.path });
  for (const helper of children().filter((id) => !before.includes(id))) process.kill(helper, "SIGKILL");
  await vi.waitFor(() => expect(logger.problems).toHaveLength(1), { timeout: 10_000 });
  notifier.watchdog();
  expect(await socket.next()).toBe("WATCHDOG=1");
});

test("what cannot be told is said once", async () => {
  const empty = mkdtempSync(join(tmpdir(), "fairlead-empty-"));
  onTestFinished(() => rmSync(empty, { recursive: true }));
  const logger = warnings();
  const notifier = new SystemdNotifier(logger, { PATH: empty, NOTIFY_SOCKET: join(empty, "notify") });
  notifier.ready("open");
  notifier.stopping();
  await vi.waitFor(() => expect(logger.problems).toHaveLength(1), { timeout: 10_000 });
  expect(logger.problems[0]).toMatch(/systemd-notify: .*not found/u);
});
