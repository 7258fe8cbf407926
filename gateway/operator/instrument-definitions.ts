/**
 * The instruments of the venue as the main thread knows them: it completes a definition before it goes to its engine, and
 * remembers it when the engine has taken it. What a definition says of prices and quantities is the engine's to judge;
 * what concerns several engines, or no engine at all, is judged here.
 */
import type { Instrument, InstrumentTerms } from "../../engine/engine-config.ts";
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { Phase } from "../../protocol/codes.ts";
import { MAX_INT32 } from "../../protocol/limits.ts";
import type { Lots, Ticks } from "../../protocol/units.ts";
import { engineFor } from "../instrument-assignment.ts";
import { DEFAULT_MAX_ORDER_QTY, MAX_DECIMALS, SYMBOL_PATTERN } from "../venue-config.ts";

type InstrumentDefinition = fairlead.v1.InstrumentDefinition.$Properties;

/** What an instrument has whose definition leaves it out. Its decimals are none. */
const NEW_INSTRUMENT = {
  symbol: "",
  priceDecimals: 0,
  tickSize: 1,
  qtyDecimals: 0,
  lotSize: 1,
  maxPrice: MAX_INT32 as Ticks,
  maxOrderQty: DEFAULT_MAX_ORDER_QTY as Lots,
};

/** Fields of a definition that are terms of the same name and one value. */
const PLAIN_TERMS = [
  "phase",
  "qtyStep",
  "minNotional",
  "maxNotional",
  "maxDeviationBps",
  "staticBandBps",
  "dynamicBandBps",
  "volatilityPauseMs",
  "referencePrice",
  "allocation",
  "proRataMinQty",
  "topOrderMaxQty",
] as const;

/** What is to be sent to the engine, and the instrument as it is if the engine agrees. */
export interface CompleteDefinition {
  readonly definition: InstrumentDefinition;
  readonly instrument: Instrument;
}

export class InstrumentDefinitions {
  readonly #instruments: Map<number, Instrument>;
  readonly #engineCount: number;
  readonly #maxOpenOrders: number;

  constructor(instruments: readonly Instrument[], engineCount: number, maxOpenOrders: number) {
    this.#instruments = new Map(instruments.map((instrument) => [instrument.instrumentId, instrument]));
    this.#engineCount = engineCount;
    this.#maxOpenOrders = maxOpenOrders;
  }

  /** @returns what is wrong with it, in words, when it cannot be sent to any engine. */
  complete(definition: InstrumentDefinition): CompleteDefinition | string {
    const known = this.#instruments.get(definition.instrumentId ?? 0);
    return known === undefined ? this.#completeNew(definition) : this.#completeKnown(known, definition);
  }

  /** A phase that is running is changed by SetPhase alone. */
  #completeKnown(known: Instrument, definition: InstrumentDefinition): CompleteDefinition | string {
    const terms = { ...definition, phase: Phase.Unspecified };
    const instrument = changed(known, terms);
    const { symbol, engine } = instrument;
    return this.#faultOf(instrument, definition) ?? { definition: { ...terms, symbol, engine }, instrument };
  }

  /** An engine of 0 is one that nobody has named. The engine is told every number, so that it and the list agree. */
  #completeNew(definition: InstrumentDefinition): CompleteDefinition | string {
    const instrumentId = definition.instrumentId ?? 0;
    const engine = definition.engine || engineFor(instrumentId, this.#engineCount);
    const instrument = changed({ instrumentId, engine, ...NEW_INSTRUMENT }, definition);
    const { terms: _, ...plain } = instrument;
    return this.#faultOf(instrument, definition) ?? { definition: { ...definition, ...plain }, instrument };
  }

  /** In the order of the configuration and then of their definition. */
  get all(): Instrument[] {
    return [...this.#instruments.values()];
  }

  remember(instrument: Instrument): void {
    this.#instruments.set(instrument.instrumentId, instrument);
  }

  #faultOf(instrument: Instrument, { engine }: InstrumentDefinition): string | undefined {
    const { instrumentId, symbol, maxOrderQty } = instrument;
    if (instrumentId < 1 || instrumentId > MAX_INT32) return `instrument_id must be 1 to ${MAX_INT32}`;
    if (!SYMBOL_PATTERN.test(symbol))
      return "symbol must be 1 to 32 printable ASCII characters, no space at either end";
    const namesake = [...this.#instruments.values()].find((other) => other.symbol === symbol);
    if (namesake !== undefined && namesake.instrumentId !== instrumentId) {
      return `symbol is already that of instrument ${namesake.instrumentId}`;
    }
    if (instrument.engine >= this.#engineCount) return `engine must be below ${this.#engineCount}`;
    if (engine && engine !== instrument.engine) return `the instrument lives on engine ${instrument.engine}`;
    if (Math.max(instrument.priceDecimals, instrument.qtyDecimals) > MAX_DECIMALS) {
      return `decimals must be at most ${MAX_DECIMALS}`;
    }
    const { tickSize, lotSize, maxPrice } = instrument;
    if (Math.min(maxPrice, maxOrderQty) < 0 || Math.max(tickSize, lotSize, maxPrice, maxOrderQty) > MAX_INT32) {
      return `sizes and maxima must be 1 to ${MAX_INT32}`;
    }
    // The sum of all orders at a price must stay a number that a double holds exactly.
    const maxQty = Math.floor(Number.MAX_SAFE_INTEGER / this.#maxOpenOrders);
    return maxOrderQty > maxQty ? `max_order_qty must be at most ${maxQty}` : undefined;
  }
}

/** The instrument with what the definition has; what it leaves out, or says to be zero, stays. */
function changed(known: Instrument, definition: InstrumentDefinition): Instrument {
  const instrument = {
    instrumentId: known.instrumentId,
    engine: known.engine,
    symbol: definition.symbol || known.symbol,
    priceDecimals: definition.priceDecimals || known.priceDecimals,
    tickSize: definition.tickSize || known.tickSize,
    qtyDecimals: definition.qtyDecimals || known.qtyDecimals,
    lotSize: definition.lotSize || known.lotSize,
    maxPrice: (definition.maxPrice || known.maxPrice) as Ticks,
    maxOrderQty: (definition.maxOrderQty || known.maxOrderQty) as Lots,
  };
  const terms: InstrumentTerms = { ...known.terms, ...termsIn(definition) };
  return Object.keys(terms).length === 0 ? instrument : { ...instrument, terms };
}

function termsIn(definition: InstrumentDefinition): InstrumentTerms {
  const { priceSteps = [], schedule = [] } = definition;
  const terms = {
    ...Object.fromEntries(PLAIN_TERMS.map((name) => [name, definition[name]])),
    priceSteps: priceSteps?.map(({ fromPrice, step }) => ({ fromPrice: fromPrice ?? 0, step: step ?? 0 })),
    schedule: schedule?.map(({ secondOfDay, phase }) => ({ secondOfDay: secondOfDay ?? 0, phase: phase ?? 0 })),
  };
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => isPresent(value)));
}

function isPresent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
