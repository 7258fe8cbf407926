/**
 * Tells systemd how the venue is: that it is ready, what it does, that it stops, and that it is alive (sd_notify(3)). Does nothing
 * where NOTIFY_SOCKET is not set: in a terminal, in a container, under another supervisor.
 *
 * Node.js cannot write to the datagram socket that systemd listens on, so systemd-notify does. A shell of ours waits from the start
 * on for one line per message and runs it: a process as large as a venue must not fork for every message (decision 14).
 *
 *   venue ──"WATCHDOG=1\n"──► pipe ──► /bin/sh ──► systemd-notify "WATCHDOG=1" ──► $NOTIFY_SOCKET
 *
 * The sender is then not the main process, so the unit must say NotifyAccess=all. systemd-notify stays until systemd has read the
 * message: else systemd could not tell which unit a process that is gone belonged to.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Logger } from "pino";

/** Ends when the pipe is closed, however the venue ends. */
const SCRIPT = 'while IFS= read -r message; do systemd-notify "$message"; done';

const US_PER_MS = 1e3;

type Environment = Readonly<Record<string, string | undefined>>;

type Helper = ChildProcessByStdio<Writable, null, Readable>;

export class SystemdNotifier {
  /** How often systemd wants to hear of {@link watchdog}: half of WatchdogSec. undefined: not at all. */
  readonly intervalMs: number | undefined;
  readonly #env: Environment;
  readonly #logger: Pick<Logger, "warn">;
  readonly #isWanted: boolean;
  #helper: Helper | undefined;
  #hasWarned = false;

  /** To be made before the venue reserves its memory: the fork of a small process disturbs nobody. */
  constructor(logger: Pick<Logger, "warn">, env: Environment = process.env) {
    this.#env = env;
    this.#logger = logger;
    this.#isWanted = Boolean(env["NOTIFY_SOCKET"]);
    this.intervalMs = this.#isWanted ? watchdogInterval(env) : undefined;
    if (this.#isWanted) this.#helper = this.#startHelper();
  }

  /** @param statusText One line, which `systemctl status` shows. */
  ready(statusText: string): void {
    this.#send("READY=1");
    this.status(statusText);
  }

  status(text: string): void {
    this.#send(`STATUS=${text}`);
  }

  stopping(): void {
    this.#send("STOPPING=1");
  }

  /** A message that still waits to be sent says the same, so then there is nothing to do, and what waits is bounded. */
  watchdog(): void {
    if ((this.#helper?.stdin.writableLength ?? 0) === 0) this.#send("WATCHDOG=1");
  }

  #send(message: string): void {
    if (!this.#isWanted) return;
    this.#helper ??= this.#startHelper();
    this.#helper.stdin.write(`${message.replaceAll("\n", " ")}\n`);
  }

  #startHelper(): Helper {
    const helper = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "pipe"], env: this.#env });
    helper.once("error", (error) => this.#lose(helper, error.message));
    helper.once("exit", () => this.#lose(helper, "the shell that runs systemd-notify has ended"));
    // Its end is told by "exit"; a write to it must not end us.
    helper.stdin.on("error", () => {});
    createInterface({ input: helper.stderr }).on("line", (line) => this.#warn(line));
    for (const handle of [helper, helper.stdin, helper.stderr]) letGo(handle);
    return helper;
  }

  /** The next message starts another one. */
  #lose(helper: Helper, problem: string): void {
    if (this.#helper === helper) this.#helper = undefined;
    this.#warn(problem);
  }

  /** Once: what is wrong with one message is wrong with all. */
  #warn(problem: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#logger.warn({ problem }, "systemd cannot be told about the venue");
  }
}

function watchdogInterval(env: Environment): number | undefined {
  const timeoutUs = Number(env["WATCHDOG_USEC"]);
  // Some other process of the unit may be the one that is watched.
  const isForUs = (env["WATCHDOG_PID"] ?? String(process.pid)) === String(process.pid);
  return isForUs && timeoutUs > 0 ? timeoutUs / 2 / US_PER_MS : undefined;
}

/** It does not keep the process alive. Pipes to a child are sockets, which their type does not say. */
function letGo(handle: object): void {
  (handle as { unref?: () => void }).unref?.();
}
