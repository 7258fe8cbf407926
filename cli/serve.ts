/** `fairlead serve`: reads the configuration and runs the venue in this process. */
import { SETTINGS, type Setting } from "../gateway/config-schema.ts";
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
  throw new Error("this build has no venue in it");
}

/** Numbers are read as text: the schema of the configuration checks them, whatever their source. */
function settingOption({ kind, choices, description: help, default: defaultText }: Setting): Option {
  if (kind === "choice") return { type: "choice", choices, help, defaultText };
  return { type: "string", help, defaultText, placeholder: kind === "integer" ? "N" : "TEXT" };
}
