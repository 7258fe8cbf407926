/**
 * What an engine was when its first command came: its sizes and its instruments. The journal means nothing without it, so it is kept
 * beside the journal, and a venue that is configured otherwise does not start on these files. Instruments that an operator
 * defined later are in the journal.
 */
import { crc32cOfBytes } from "../../protocol/journal/crc32c.ts";
import { OperatingError } from "../../protocol/operating-error.ts";
import type { EngineConfig, Instrument } from "../engine-config.ts";
import type { Disk } from "../storage/disk.ts";
import { readWhole, replaceWhole } from "../storage/whole-file.ts";
import type { EngineDirectory } from "./engine-directory.ts";

const GENESIS_VERSION = 1;

/** How many gateways there are may change from start to start: the state does not depend on it. */
type GenesisConfig = Omit<EngineConfig, "gatewayCount">;

export interface Genesis {
  readonly config: GenesisConfig;
  /** Checksum of the file, which segments and snapshots carry. */
  readonly id: number;
}

const SIZES = ["maxOpenOrders", "maxEndedOrders", "maxPriceLevels", "maxSessions", "maxInstruments"] as const;

/** What is on the disk; undefined: nothing. @throws OperatingError when it cannot be read. */
export function readGenesis(disk: Disk, directory: EngineDirectory): Genesis | undefined {
  const bytes = readWhole(disk, directory.genesis);
  if (bytes === undefined) return undefined;
  return { config: parse(directory.genesis, bytes), id: crc32cOfBytes(bytes) };
}

/**
 * Takes what is on the disk, or puts it there at the very first start.
 *
 * @throws OperatingError when the configuration is not that of the disk.
 */
export function openGenesis(disk: Disk, directory: EngineDirectory, config: EngineConfig): Genesis {
  const { gatewayCount: _, ...wanted } = config;
  const known = readGenesis(disk, directory);
  if (known !== undefined) {
    const difference = differenceOf(known.config, wanted);
    if (difference === undefined) return known;
    throw new OperatingError(
      `${directory.root} was made with ${difference}; set it back, or name another data directory`,
    );
  }
  if (directory.segments(disk).length > 0 || directory.snapshotSequences(disk).length > 0) {
    throw new OperatingError(`${directory.genesis} is missing, and the journal beside it cannot be read without it`);
  }
  const bytes = new TextEncoder().encode(
    `${JSON.stringify({ version: GENESIS_VERSION, config: wanted }, undefined, 1)}\n`,
  );
  replaceWhole(disk, directory.genesis, bytes);
  return { config: wanted, id: crc32cOfBytes(bytes) };
}

function parse(path: string, bytes: Uint8Array): GenesisConfig {
  const { version, config } = fieldsOf(path, bytes);
  if (version !== undefined && version !== GENESIS_VERSION) {
    throw new OperatingError(
      `${path} has format ${JSON.stringify(version)}; this build reads format ${GENESIS_VERSION}: run the version that wrote it`,
    );
  }
  const isWhole = SIZES.every((size) => size === "maxInstruments" || Number.isSafeInteger(config?.[size]));
  if (version === undefined || !isWhole || !Array.isArray(config?.instruments)) {
    throw new OperatingError(`${path} lacks a part: it is damaged; restore it from a copy`);
  }
  return config as GenesisConfig;
}

function fieldsOf(path: string, bytes: Uint8Array): { version?: unknown; config?: Partial<GenesisConfig> } {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes))) as { version?: unknown; config?: GenesisConfig };
  } catch {
    throw new OperatingError(`${path} is not JSON: it is damaged; restore it from a copy`);
  }
}

/** What was otherwise, in words. */
function differenceOf(was: GenesisConfig, is: GenesisConfig): string | undefined {
  for (const size of SIZES) if (was[size] !== is[size]) return `${size} ${was[size]}, not ${is[size]}`;
  const ids = new Set([...was.instruments, ...is.instruments].map(({ instrumentId }) => instrumentId));
  for (const id of ids) {
    const before = instrumentIn(was, id);
    const now = instrumentIn(is, id);
    if (before === now) continue;
    if (now === "none") return `instrument ${id}, which the configuration lacks`;
    if (before === "none") return `no instrument ${id} (define it with POST /operator while the venue runs)`;
    return `other terms of instrument ${id}: ${before}, not ${now}`;
  }
  // Each has its place in the state, and gets it in the order of the configuration.
  const [before, now] = [was, is].map(({ instruments }) => instruments.map(({ instrumentId }) => instrumentId).join());
  return before === now ? undefined : `instruments in the order ${before}, not ${now}`;
}

function instrumentIn({ instruments }: GenesisConfig, id: number): string {
  const found = instruments.find(({ instrumentId }) => instrumentId === id);
  return found === undefined ? "none" : JSON.stringify(sorted(found));
}

function sorted(instrument: Instrument): unknown {
  return Object.fromEntries(Object.entries(instrument).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
