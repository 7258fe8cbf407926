import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ServerPorts {
  readonly wsPort?: number;
  readonly tcpPort?: number;
  readonly adminPort?: number;
}

const START_TIMEOUT_MS = 20_000;

/** A server under test, in a process of its own: ready when it has printed its line with the ports. */
export class ServerProcess {
  readonly ports: ServerPorts;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ports: ServerPorts) {
    this.#child = child;
    this.ports = ports;
  }

  /** @param script Compiled module. */
  static async start(script: URL, args: readonly string[] = []): Promise<ServerProcess> {
    const child = spawn(process.execPath, [script.pathname, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const timeout = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        if (line.startsWith('{"event":"ready"')) return new ServerProcess(child, JSON.parse(line) as ServerPorts);
      }
    } finally {
      clearTimeout(timeout);
    }
    throw new Error(`${script.pathname} ended before it was ready`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await exited;
  }
}

/** The venue itself, on ports that the system chooses, as `fairlead serve` starts it. */
export async function startVenue(settings: readonly string[] = []): Promise<ServerProcess> {
  const ports = ["--ws-port", "0", "--tcp-port", "0", "--admin-port", "0"];
  const executable = new URL("../../cli/fairlead.js", import.meta.url);
  return await ServerProcess.start(executable, ["serve", "--json", "--log-level", "warn", ...ports, ...settings]);
}
