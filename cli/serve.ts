/** `fairlead serve`: reads the configuration and runs the venue in this process. */
import { SETTINGS, type Setting } from "../gateway/config-schema.ts";
import { formatBuild, readBuild } from "../gateway/build.ts";
import { createLogger } from "../gateway/logger.ts";
import { SystemdNotifier } from "../gateway/supervision/systemd-notifier.ts";
import { WatchdogFeeder } from "../gateway/supervision/watchdog-feeder.ts";
import { Venue, type VenuePorts } from "../gateway/venue.ts";
import type { VenueConfig } from "../gateway/venue-config.ts";
import { renderBanner } from "./banner.ts";
import { loadConfig } from "../gateway/load-config.ts";
import { runWithOptions } from "./command.ts";
import type { Option, OptionTable } from "./option-table.ts";
import type { Arguments } from "./options.ts";

export const summary = "run the venue until it is told to stop";

const OPTIONS = {
  config: {
    type: "string",
    placeholder: "FILE",
    env: "FAIRLEAD_CONFIG",
    help: "JSON file with settings by name, and the instruments.",
  },
  json: { type: "boolean", help: "Print JSON lines only: no banner." },
  "print-config": { type: "boolean", help: "Print the settings in effect as JSON, and stop." },
} satisfies OptionTable;

const SETTING_OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  SETTINGS.map((setting) => [setting.flag, settingOption(setting)]),
);

const USAGE = {
  usage: "fairlead serve [options]",
  description:
    "Opens the WebSocket, TCP and admin ports and takes orders until SIGINT or SIGTERM. " +
    "A setting comes from its option (--ws-port), else from its environment variable (FAIRLEAD_WS_PORT), " +
    "else from the file (wsPort).",
  options: { ...SETTING_OPTIONS, ...OPTIONS },
  examples: [
    { command: "fairlead serve", does: "Three example instruments on ports 7001 to 7003 of this machine." },
    {
      command: "fairlead serve --gateways 2 --wait-strategy spin",
      does: "Lowest latency, with a core for each thread.",
    },
    { command: "fairlead serve --config venue.json --print-config", does: "What a file amounts to." },
  ],
};

export function run(argv: string[]): Promise<number> {
  return runWithOptions(USAGE, argv, serve);
}

async function serve({ options }: Arguments<typeof USAGE.options>): Promise<number> {
  const values: Readonly<Record<string, unknown>> = options;
  const flags = Object.fromEntries(SETTINGS.map(({ flag }) => [flag, values[flag] as string | undefined]));
  const { config, warnings } = loadConfig({ path: options.config, env: process.env, flags });
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  if (options["print-config"]) {
    process.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
    return 0;
  }
  return await runVenue(config, options.json);
}

async function runVenue(config: VenueConfig, onlyJson: boolean): Promise<number> {
  const logger = createLogger(config.logLevel);
  const build = readBuild();
  const systemd = new SystemdNotifier(logger);
  const venue = new Venue(config, build, logger);
  const stopRequested = untilSignal(venue);
  await venue.start();
  if (!onlyJson) process.stdout.write(renderBanner(formatBuild(build), config, venue.ports));
  process.stdout.write(
    `${JSON.stringify({ event: "ready", ...venue.ports, pid: process.pid, durability: config.durability })}\n`,
  );
  systemd.ready(statusText(venue.ports));
  feedWatchdog(systemd, venue);
  const failure = await Promise.race([stopRequested, venue.failure]);
  systemd.stopping();
  if (failure instanceof Error) {
    process.stderr.write(`fairlead: the venue has failed: ${failure.message}\n`);
    return await exitAtOnce(venue);
  }
  if (!onlyJson) process.stdout.write("draining: no new orders are taken; a second signal stops at once\n");
  await venue.drain();
  process.stdout.write(`${JSON.stringify({ event: "stopped" })}\n`);
  return 0;
}

function statusText({ tcpPort, wsPort, adminPort }: VenuePorts): string {
  return `takes orders on ports ${tcpPort} (TCP) and ${wsPort} (WebSocket); admin port ${adminPort}`;
}

/** Until the process ends: a venue that is told to stop is not watched any more. */
function feedWatchdog(systemd: SystemdNotifier, venue: Venue): void {
  const { intervalMs } = systemd;
  new WatchdogFeeder({ intervalMs, progress: () => venue.progress, feed: () => systemd.watchdog() }).start();
}

/** Other threads of the venue would keep the process alive. */
async function exitAtOnce(venue: Venue): Promise<never> {
  await venue.abandon();
  process.exit(1);
}

/** The first SIGINT or SIGTERM asks for a drain; the second does not wait for it. */
function untilSignal(venue: Venue): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) void exitAtOnce(venue);
        asked = true;
        resolve();
      });
    }
  });
}

/** Numbers are read as text: the schema of the configuration checks them, whatever their source. */
function settingOption({ kind, choices, description: help, default: defaultText }: Setting): Option {
  if (kind === "choice") return { type: "choice", choices, help, defaultText };
  return { type: "string", help, defaultText, placeholder: kind === "integer" ? "N" : "TEXT" };
}
