/**
 * Ends or fails a process at one of its system calls, with strace. It counts the calls of each thread on its own, and each of the
 * calls that are named on its own: the first thread that comes so far is hit.
 */
export const STRACE_PROGRAMS = ["strace"];

/** How a process is started so. */
export interface Tracing {
  readonly wrapper: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Injection {
  readonly call: string;
  /** Which one, 1 …; "250+250" for each 250th. */
  readonly nth: number | string;
  /** As strace writes it: "signal=KILL", "error=EIO", "delay_enter=20000" (µs). */
  readonly effect: string;
  /** Where the calls are listed that are traced; absent: nowhere. */
  readonly log?: string;
  /** What else is listed. */
  readonly alsoTraced?: readonly string[];
}

export function underStrace({ call, nth, effect, log = "/dev/null", alsoTraced = [] }: Injection): Tracing {
  const trace = [call, ...alsoTraced].join();
  // -D: the process stays our child, and strace watches it from aside.
  const options = ["-D", "-f", "-qq", "-o", log, "-e", `trace=${trace}`, "-e", "signal=none"];
  // Other calls then cost nothing; but strace 6.1 sends no signals with it.
  if (!effect.startsWith("signal=")) options.push("--seccomp-bpf");
  return {
    wrapper: ["strace", ...options, "-e", `inject=${call}:${effect}:when=${nth}`],
    // Every file is used by a thread that can be counted on.
    env: { UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "0" },
  };
}
