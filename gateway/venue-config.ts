/**
 * The configuration of a venue: every setting with its bounds, its default and the sentence that `--help` shows.
 *
 * A scalar at the top level can come from a file, the environment and a flag; load-config.ts reads them in that order and
 * config-schema.ts derives their names from the keys here. Instruments come from the file alone.
 */
import { z } from "zod";
import { MAX_CLIENT_FRAME_BYTES, MAX_ENGINES, MAX_GATEWAYS, MAX_INT32 } from "../protocol/limits.ts";
import { ALLOCATION_NAMES, PHASE_NAMES } from "./instrument-terms.ts";
import { LOG_LEVELS } from "./worker-log.ts";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** `expected` says in an error what a refinement demands, where the bounds alone would not. */
function integer(min: number, max: number): z.ZodInt {
  return z.int().min(min).max(max);
}

const port = integer(0, 65_535);

const ringSlots = integer(64, 2 ** 20)
  .refine((n) => (n & (n - 1)) === 0)
  .meta({ expected: "a power of two from 64 to 1048576" });

/** Text that a log line, a metric label and a terminal show as it is. */
export const SYMBOL_PATTERN = /^[!-~](?:[ -~]{0,30}[!-~])?$/;
const symbol = z
  .string()
  .regex(SYMBOL_PATTERN)
  .meta({ expected: "1 to 32 printable ASCII characters, no space at either end" });

export const MAX_DECIMALS = 9;
export const DEFAULT_MAX_ORDER_QTY = 1_000_000;

const phaseName = z.enum(PHASE_NAMES);

/** Hundredths of a percent: up to ten times the price. */
const basisPoints = integer(1, 100_000);

/** Ticks times lots. */
const notional = integer(1, Number.MAX_SAFE_INTEGER);

const SECONDS_PER_DAY = 86_400;
const MS_PER_DAY = SECONDS_PER_DAY * 1000;
/** What an engine keeps of a table. */
const MAX_TERM_ROWS = 16;

const priceStep = z.strictObject({
  fromPrice: integer(1, MAX_INT32).meta({ description: "In ticks; the first step has 1." }),
  step: integer(1, MAX_INT32).meta({ description: "In ticks; fromPrice is a multiple of it and of the step before." }),
});

const phaseChange = z.strictObject({
  secondOfDay: integer(0, SECONDS_PER_DAY - 1).meta({ description: "UTC." }),
  phase: phaseName,
});

/** What a plain instrument does without: docs/MATCHING.md says what each of them does. */
const instrumentTerms = {
  phase: phaseName.optional().meta({ description: "Phase to start in; absent: continuous." }),
  priceSteps: z.array(priceStep).min(1).max(MAX_TERM_ROWS).optional().meta({ description: "Tick sizes by price." }),
  qtyStep: integer(1, MAX_INT32).optional().meta({ description: "Quantities are multiples of this many lots." }),
  minNotional: notional.optional().meta({ description: "Smallest price x quantity of an order, ticks x lots." }),
  maxNotional: notional.optional().meta({ description: "Largest price x quantity of an order, ticks x lots." }),
  maxDeviationBps: basisPoints.optional().meta({ description: "How far through the market a limit may be." }),
  staticBandBps: basisPoints.optional().meta({ description: "How far from the reference price a limit may be." }),
  dynamicBandBps: basisPoints
    .optional()
    .meta({ description: "A trade further than this from the last one pauses the instrument instead." }),
  volatilityPauseMs: integer(1, MS_PER_DAY).optional().meta({ description: "Length of such a pause; absent: 1000." }),
  referencePrice: integer(1, MAX_INT32)
    .optional()
    .meta({ description: "In ticks: where auctions and bands start from before the first trade." }),
  allocation: z.enum(ALLOCATION_NAMES).optional().meta({ description: "Who trades first at one price." }),
  proRataMinQty: integer(1, MAX_INT32).optional().meta({ description: "Pro-rata: a smaller share, in lots, is none." }),
  topOrderMaxQty: integer(1, MAX_INT32)
    .optional()
    .meta({ description: "Pro-rata: lots that the order which made the price gets first." }),
  schedule: z.array(phaseChange).min(1).max(MAX_TERM_ROWS).optional().meta({ description: "Phases of the day." }),
};

const instrumentSchema = z.strictObject({
  instrumentId: integer(1, MAX_INT32).meta({ description: "Names the instrument on the wire; unique." }),
  symbol: symbol.meta({ description: "Display text; unique." }),
  priceDecimals: integer(0, MAX_DECIMALS).default(2).meta({ description: "One tick is tickSize x 10^-priceDecimals." }),
  tickSize: integer(1, MAX_INT32).default(1),
  qtyDecimals: integer(0, MAX_DECIMALS).default(0).meta({ description: "One lot is lotSize x 10^-qtyDecimals." }),
  lotSize: integer(1, MAX_INT32).default(1),
  maxPrice: integer(1, MAX_INT32).default(MAX_INT32).meta({ description: "Highest limit price, in ticks." }),
  maxOrderQty: integer(1, MAX_INT32).default(DEFAULT_MAX_ORDER_QTY).meta({ description: "Largest order, in lots." }),
  engine: integer(0, MAX_ENGINES - 1)
    .optional()
    .meta({ description: "Index of the engine that matches it; absent: by hash of the instrument id." }),
  ...instrumentTerms,
});

export type InstrumentConfig = z.infer<typeof instrumentSchema>;

const EXAMPLE_INSTRUMENTS: z.input<typeof instrumentSchema>[] = [
  { instrumentId: 1, symbol: "ACME" },
  { instrumentId: 2, symbol: "BTC-USD", priceDecimals: 2, qtyDecimals: 4, maxOrderQty: 100_000_000 },
  { instrumentId: 3, symbol: "EUR-USD", priceDecimals: 5, lotSize: 1_000 },
];

export const DURABILITIES = ["local", "memory"] as const;
const JOURNAL_RETENTIONS = ["drop", "archive"] as const;
export const WAIT_STRATEGIES = ["spin", "adaptive", "park"] as const;

export const venueConfigSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(255)
    .default("127.0.0.1")
    .meta({ description: "Address that every port is opened on; 0.0.0.0 is all of them." }),
  wsPort: port.default(7001).meta({ description: "WebSocket port; 0 lets the system choose." }),
  tcpPort: port.default(7002).meta({ description: "TCP port; 0 lets the system choose." }),
  adminPort: port
    .default(7003)
    .meta({ description: "HTTP port of metrics, health checks and operator requests; 0 lets the system choose." }),
  gateways: integer(1, MAX_GATEWAYS).default(1).meta({ description: "Threads that serve client sockets." }),
  engines: integer(1, MAX_ENGINES).default(1).meta({ description: "Threads that match orders." }),
  waitStrategy: z.enum(WAIT_STRATEGIES).default("adaptive").meta({
    description: "How threads wait for work: spin burns a core each, park sleeps at once, adaptive spins, then sleeps.",
  }),
  durability: z.enum(DURABILITIES).default("local").meta({
    description:
      "What an acknowledged order survives: local, a kill and a power cut; memory, nothing (for benchmarks).",
  }),
  dataDir: z
    .string()
    .min(1)
    .max(4096)
    .default("fairlead-data")
    .meta({ description: "Directory of journal and snapshots; made if there is none." }),
  journalSegmentBytes: integer(64 * KIB, KIB * MIB)
    .default(32 * MIB)
    .meta({ description: "Size of a journal file; two more are kept ready." }),
  snapshotEveryCommands: integer(1000, MAX_INT32)
    .default(1_000_000)
    .meta({ description: "Commands per engine from one snapshot to the next." }),
  journalRetention: z.enum(JOURNAL_RETENTIONS).default("drop").meta({
    description: "What becomes of journal files that no kept snapshot needs: drop, or archive (to be moved by you).",
  }),
  stallTimeoutMs: integer(500, 600_000)
    .default(10_000)
    .meta({ description: "Milliseconds without progress after which an engine's thread is replaced." }),
  logLevel: z.enum(LOG_LEVELS).default("info").meta({ description: "Lowest level of log lines on stderr." }),
  commandRingSlots: ringSlots.default(4096).meta({ description: "Slots of each command ring." }),
  eventRingSlots: ringSlots.default(16_384).meta({ description: "Slots of each event ring." }),
  maxOpenOrders: integer(16, 2 ** 25)
    .default(2 ** 19)
    .meta({ description: "Open orders per engine." }),
  maxEndedOrders: integer(0, 2 ** 25)
    .default(2 ** 16)
    .meta({ description: "Ended orders per engine that are remembered, to answer a repeated client order id." }),
  maxPriceLevels: integer(16, 2 ** 24)
    .default(2 ** 17)
    .meta({ description: "Price levels per engine, over all of its books." }),
  maxInstruments: integer(1, 2 ** 17)
    .default(2 ** 14)
    .meta({ description: "Instruments per engine, those added while it runs included; never fewer than configured." }),
  maxSessions: integer(1, 2 ** 20)
    .default(4096)
    .meta({ description: "Session names known at the same time." }),
  maxConnections: integer(1, 2 ** 16)
    .default(1024)
    .meta({ description: "Client connections per gateway." }),
  maxSubscriptions: integer(1, 100_000).default(1024).meta({ description: "Instruments that one client may watch." }),
  maxFrameBytes: integer(256, MAX_CLIENT_FRAME_BYTES)
    .default(MAX_CLIENT_FRAME_BYTES)
    .meta({ description: "Longest frame read from a client, in bytes." }),
  maxQueuedBytes: integer(64 * KIB, KIB * MIB)
    .default(4 * MIB)
    .meta({ description: "Bytes that may wait for one slow client before it is disconnected." }),
  logonTimeoutMs: integer(100, 600_000)
    .default(10_000)
    .meta({ description: "Milliseconds that a new connection has to log on." }),
  drainTimeoutMs: integer(0, 600_000)
    .default(5000)
    .meta({ description: "Milliseconds that a shutdown waits for open work and for clients to go." }),
  instruments: z
    .array(instrumentSchema)
    .min(1)
    .max(100_000)
    .default(() => z.array(instrumentSchema).parse(EXAMPLE_INSTRUMENTS))
    .meta({ description: "What is traded. Default: three examples." }),
});

export type VenueConfig = z.infer<typeof venueConfigSchema>;
