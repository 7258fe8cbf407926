import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ServerPorts {
  readonly wsPort?: number;
  readonly tcpPort?: number;
  readonly adminPort?: number;
}

/** How a process ended: one of the two is null. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartOptions {
  /** Of the Node.js process, before the script. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program that runs the Node.js process in its own place, and its arguments. */
  readonly wrapper?: readonly string[];
  /** Its end is expected at any time: what it wrote on stderr is not shown then. */
  readonly endsByItself?: boolean;
  /** Called at once, with what ends the process before it is ready. */
  readonly onSpawn?: (kill: () => void) => void;
}

const START_TIMEOUT_MS = 20_000;

/** Longer than the venue's own drain timeout by default. */
const STOP_TIMEOUT_MS = 10_000;

/** A server under test, in a process of its own: ready when it has printed its line with the ports. */
export class ServerProcess {
  readonly ports: ServerPorts;
  /** Its ready line, parsed. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Lines on stdout after the ready line. */
  readonly lines: string[] = [];
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #errors: string[];
  #isStopping: boolean;

  private constructor(child: ChildProcess, readyLine: string, errors: string[], endsByItself: boolean) {
    this.#child = child;
    this.#errors = errors;
    this.#isStopping = endsByItself;
    this.ready = JSON.parse(readyLine) as Record<string, unknown>;
    this.ports = this.ready;
    this.ended = new Promise((resolve) => {
      // "close" comes when its output has been read too.
      child.once("close", (code, signal) => {
        if (!this.#isStopping) process.stderr.write(this.stderr);
        resolve({ code, signal });
      });
    });
  }

  /** @param script Compiled module. */
  static async start(script: URL, args: readonly string[] = [], options: StartOptions = {}): Promise<ServerProcess> {
    const { nodeOptions = [], env = {}, wrapper = [], onSpawn, endsByItself = false } = options;
    const [program, ...programArgs] = [...wrapper, process.execPath, ...nodeOptions, script.pathname, ...args];
    const child = spawn(program as string, programArgs, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    const killWithUs = (): void => void child.kill("SIGKILL");
    onSpawn?.(killWithUs);
    process.once("exit", killWithUs);
    child.once("exit", () => process.off("exit", killWithUs));
    const errors: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    return await new Promise((resolve, reject) => {
      const timeout = setTimeout(killWithUs, START_TIMEOUT_MS);
      let server: ServerProcess | undefined;
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (server !== undefined) server.lines.push(line);
        else if (line.startsWith('{"event":"ready"')) {
          clearTimeout(timeout);
          server = new ServerProcess(child, line, errors, endsByItself);
          resolve(server);
        }
      });
      child.once("close", (code) => {
        clearTimeout(timeout);
        reject(new Error(`${script.pathname}: exit code ${code} before it was ready: ${errors.join("")}`));
      });
    });
  }

  /** What it has written there so far; shown when it ends without being told to. */
  get stderr(): string {
    return this.#errors.join("");
  }

  /** Sends the signal and does not wait; its end is expected from now on. */
  signal(signal: NodeJS.Signals): void {
    this.#isStopping = true;
    this.#child.kill(signal);
  }

  /** Asks it to stop, and makes it when it does not. */
  async stop(): Promise<ProcessEnd> {
    this.signal("SIGTERM");
    const timeout = setTimeout(() => this.signal("SIGKILL"), STOP_TIMEOUT_MS);
    const end = await this.ended;
    clearTimeout(timeout);
    return end;
  }
}

/** The executable, compiled. */
export const FAIRLEAD = new URL("../../cli/fairlead.js", import.meta.url);

/** The venue itself, on ports that the system chooses and without a journal, as `fairlead serve` starts it. Later settings override. */
export async function startVenue(settings: readonly string[] = [], options: StartOptions = {}): Promise<ServerProcess> {
  const ports = ["--ws-port", "0", "--tcp-port", "0", "--admin-port", "0"];
  const durability = ["--durability", "memory"];
  const args = ["serve", "--json", "--log-level", "warn", ...ports, ...durability, ...settings];
  return await ServerProcess.start(FAIRLEAD, args, options);
}
