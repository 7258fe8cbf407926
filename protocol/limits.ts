/** Bounds that both sides of the wire and every ring record rely on. */

/** Version of the wire contract, as a client names it in Logon. */
export const PROTOCOL_VERSION = 1;

/** Largest price in ticks and largest quantity in lots: both travel as positive int32. */
export const MAX_INT32 = 2 ** 31 - 1;

/** Ids above this are not exact in a double; they are rejected at the edge. */
export const MAX_ID = Number.MAX_SAFE_INTEGER;

/** Session names: what a command record can carry and a log line can show. Empty names a market-data session. */
export const SESSION_NAME_PATTERN = /^[A-Za-z0-9._-]{1,32}$/;

/** Gateways are bits of an int32 interest mask. */
export const MAX_GATEWAYS = 16;

/** Engine n gives order and trade ids from n x 2^48: unique over engines, and 2^53 holds 32 of them. */
export const MAX_ENGINES = 16;
export const IDS_PER_ENGINE = 2 ** 48;

export const DEFAULT_HEARTBEAT_INTERVAL_MS = 30_000;
export const MIN_HEARTBEAT_INTERVAL_MS = 100;
export const MAX_HEARTBEAT_INTERVAL_MS = 600_000;

/** Longest ClientFrame in bytes that the venue reads, its length prefix not counted. */
export const MAX_CLIENT_FRAME_BYTES = 16_384;

/** Most price levels in one BookSnapshot, most definitions in one InstrumentList: a longer answer takes several frames. */
export const MAX_LEVELS_PER_FRAME = 500;
export const MAX_INSTRUMENTS_PER_FRAME = 200;
