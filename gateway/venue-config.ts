/**
 * The configuration of a venue: what a file, flags and the environment may say, with every default.
 *
 * Reading them in that order and reporting what is wrong is load-config.ts.
 */
import { z } from "zod";
import { MAX_CLIENT_FRAME_BYTES, MAX_ENGINES, MAX_GATEWAYS, MAX_INT32 } from "../protocol/limits.ts";

const port = z.int().min(0).max(65_535);
const powerOfTwo = z
  .int()
  .min(64)
  .max(2 ** 20)
  .refine((n) => (n & (n - 1)) === 0, "must be a power of two");

const instrumentSchema = z.strictObject({
  instrumentId: z.int().min(1).max(MAX_INT32),
  symbol: z.string().min(1).max(32),
  priceDecimals: z.int().min(0).max(9).default(2),
  tickSize: z.int().min(1).max(MAX_INT32).default(1),
  qtyDecimals: z.int().min(0).max(9).default(0),
  lotSize: z.int().min(1).max(MAX_INT32).default(1),
  maxPrice: z.int().min(1).max(MAX_INT32).default(MAX_INT32),
  maxOrderQty: z.int().min(1).max(MAX_INT32).default(1_000_000),
  /** Absent: by hash of the instrument id. */
  engine: z
    .int()
    .min(0)
    .max(MAX_ENGINES - 1)
    .optional(),
});

const EXAMPLE_INSTRUMENTS = [
  { instrumentId: 1, symbol: "ACME" },
  { instrumentId: 2, symbol: "BTC-USD", priceDecimals: 2, qtyDecimals: 4, maxOrderQty: 100_000_000 },
  { instrumentId: 3, symbol: "EUR-USD", priceDecimals: 5, lotSize: 1_000 },
];

export const WAIT_STRATEGIES = ["spin", "adaptive", "park"] as const;

export const venueConfigSchema = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  wsPort: port.default(7001),
  tcpPort: port.default(7002),
  adminPort: port.default(7003),
  gateways: z.int().min(1).max(MAX_GATEWAYS).default(1),
  engines: z.int().min(1).max(MAX_ENGINES).default(1),
  waitStrategy: z.enum(WAIT_STRATEGIES).default("adaptive"),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  /** Slots of each command ring and each event ring. */
  commandRingSlots: powerOfTwo.default(4096),
  eventRingSlots: powerOfTwo.default(16_384),
  maxOpenOrders: z
    .int()
    .min(16)
    .max(2 ** 25)
    .default(2 ** 19),
  maxEndedOrders: z
    .int()
    .min(0)
    .max(2 ** 25)
    .default(2 ** 16),
  maxPriceLevels: z
    .int()
    .min(16)
    .max(2 ** 24)
    .default(2 ** 17),
  maxSessions: z
    .int()
    .min(1)
    .max(2 ** 20)
    .default(4096),
  /** Connections per gateway. */
  maxConnections: z
    .int()
    .min(1)
    .max(2 ** 16)
    .default(1024),
  maxSubscriptions: z.int().min(1).max(100_000).default(1024),
  maxFrameBytes: z.int().min(256).max(MAX_CLIENT_FRAME_BYTES).default(MAX_CLIENT_FRAME_BYTES),
  /** Bytes that may wait for one slow client before it is disconnected. */
  maxQueuedBytes: z
    .int()
    .min(2 ** 16)
    .max(2 ** 30)
    .default(4 * 2 ** 20),
  logonTimeoutMs: z.int().min(100).max(600_000).default(10_000),
  /** How long a drain waits for open work and for clients to go. */
  drainTimeoutMs: z.int().min(0).max(600_000).default(5000),
  instruments: z
    .array(instrumentSchema)
    .min(1)
    .default(() => z.array(instrumentSchema).parse(EXAMPLE_INSTRUMENTS)),
});

export type VenueConfig = z.infer<typeof venueConfigSchema>;
