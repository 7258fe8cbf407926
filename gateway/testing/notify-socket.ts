import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Read from the source tree: the compiled module lies in dist/gateway/testing. */
const SCRIPT = new URL("../../../gateway/testing/notify_socket.py", import.meta.url).pathname;

/** Why systemd cannot be played here; undefined: it can. */
export function whyNoNotifySocket(): string | undefined {
  if (spawnSync("python3", ["--version"]).error) return "python3 is not installed: apt-get install python3";
  if (spawnSync("systemd-notify", ["--version"]).error)
    return "systemd-notify is not installed: apt-get install systemd";
  return undefined;
}

/** What systemd is to a service: a socket that it can tell something. */
export class NotifySocket {
  /** For NOTIFY_SOCKET. */
  readonly path: string;
  readonly #directory: string;
  readonly #server: ChildProcess;
  readonly #messages: string[] = [];
  readonly #arrivals = new EventEmitter();

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, "notify");
    const server = spawn("python3", [SCRIPT, this.path], { stdio: ["ignore", "pipe", "inherit"] });
    this.#server = server;
    createInterface({ input: server.stdout }).on("line", (line) => {
      if (line === "listening") this.#arrivals.emit("listening");
      else this.#take(JSON.parse(line) as string);
    });
  }

  static async open(): Promise<NotifySocket> {
    const opened = new NotifySocket(mkdtempSync(join(tmpdir(), "fairlead-notify-")));
    await once(opened.#arrivals, "listening");
    return opened;
  }

  /** Resolves with the first message that is not taken yet. */
  async next(): Promise<string> {
    if (this.#messages.length === 0) await once(this.#arrivals, "message");
    return this.#messages.shift() ?? "";
  }

  async close(): Promise<void> {
    const ended = once(this.#server, "exit");
    this.#server.kill();
    await ended;
    rmSync(this.#directory, { recursive: true });
  }

  /** Barriers are between systemd-notify and systemd. */
  #take(message: string): void {
    if (message.startsWith("BARRIER=")) return;
    this.#messages.push(message);
    this.#arrivals.emit("message");
  }
}
