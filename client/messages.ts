/**
 * What the venue sends, as the SDK hands it out. Units and meanings are those of fairlead.proto: prices in ticks,
 * quantities in lots, times in microseconds since 1970-01-01 UTC; a field that was absent is 0, "" or undefined.
 */
import type {
  Allocation,
  CancelReason,
  Durability,
  ExecType,
  LogoutReason,
  OrderStatus,
  OrderType,
  Phase,
  RejectReason,
  RequestType,
  Side,
  TimeInForce,
  VenueState,
} from "../protocol/codes.ts";

export interface ExecutionReport {
  readonly sessionSequence: number;
  readonly execType: ExecType;
  readonly orderStatus: OrderStatus;
  readonly orderId: number;
  readonly clientOrderId: number;
  readonly origClientOrderId: number;
  readonly instrumentId: number;
  readonly side: Side;
  readonly price: number;
  readonly orderQty: number;
  readonly cumQty: number;
  readonly leavesQty: number;
  readonly lastPx: number;
  readonly lastQty: number;
  readonly tradeId: number;
  readonly rejectReason: RejectReason;
  readonly sequenceNumber: number;
  readonly transactTime: number;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  readonly text: string;
  readonly engine: number;
  readonly receipt?: Receipt | undefined;
  /** In a canceled or expired report. */
  readonly cancelReason: CancelReason;
  /** In the reports new, triggered and order status of an order with a trigger. */
  readonly triggerPrice: number;
  /** In a trade-prevented report. */
  readonly contraOrderId: number;
}

/** Nanoseconds that one order spent in each stage. */
export interface Receipt {
  readonly gatewayInNs: number;
  readonly ringWaitNs: number;
  readonly matchingNs: number;
  readonly ringOutNs: number;
  readonly gatewayOutNs: number;
}

export interface BusinessReject {
  readonly sessionSequence: number;
  readonly requestType: RequestType;
  readonly rejectReason: RejectReason;
  readonly clientOrderId: number;
  readonly origClientOrderId: number;
  readonly instrumentId: number;
  readonly text: string;
}

export interface MassCancelReport {
  readonly clientOrderId: number;
  readonly canceledCount: number;
}

export interface LogonAccepted {
  readonly session: string;
  readonly heartbeatIntervalMs: number;
  readonly venue: string;
  readonly maxFrameBytes: number;
  readonly serverTime: number;
  readonly durability: Durability;
  readonly lastSessionSequence: readonly number[];
}

export interface Logout {
  readonly reason: LogoutReason;
  readonly text: string;
}

export interface Heartbeat {
  readonly requestId: number;
  readonly echoId: number;
}

export interface InstrumentDefinition {
  readonly instrumentId: number;
  readonly symbol: string;
  readonly priceDecimals: number;
  readonly tickSize: number;
  readonly qtyDecimals: number;
  readonly lotSize: number;
  readonly maxPrice: number;
  readonly maxOrderQty: number;
  /** That it began in; the present one comes as InstrumentStatus. */
  readonly phase: Phase;
  readonly engine: number;
  readonly priceSteps: readonly PriceStep[];
  readonly qtyStep: number;
  readonly minNotional: number;
  readonly maxNotional: number;
  readonly maxDeviationBps: number;
  readonly staticBandBps: number;
  readonly dynamicBandBps: number;
  readonly volatilityPauseMs: number;
  readonly referencePrice: number;
  readonly allocation: Allocation;
  readonly proRataMinQty: number;
  readonly topOrderMaxQty: number;
  readonly schedule: readonly PhaseChange[];
}

/** From this price on up, prices are multiples of `step`. */
export interface PriceStep {
  readonly fromPrice: number;
  readonly step: number;
}

export interface PhaseChange {
  /** UTC. */
  readonly secondOfDay: number;
  readonly phase: Phase;
}

export interface InstrumentList {
  readonly instruments: readonly InstrumentDefinition[];
  readonly last: boolean;
}

export interface VenueStatus {
  readonly state: VenueState;
  readonly serverTime: number;
}

export interface BookLevel {
  readonly price: number;
  readonly qty: number;
  readonly orderCount: number;
}

export interface BookSnapshot {
  readonly instrumentId: number;
  readonly sequenceNumber: number;
  readonly bids: readonly BookLevel[];
  readonly offers: readonly BookLevel[];
  readonly last: boolean;
}

/** Changes are read by index, 0 … changeCount − 1. */
export interface BookDelta {
  readonly instrumentId: number;
  readonly sequenceNumber: number;
  readonly changeCount: number;
  side(index: number): number;
  price(index: number): number;
  qty(index: number): number;
  orderCount(index: number): number;
}

/** A trade as everybody sees it. */
export interface PublicTrade {
  readonly instrumentId: number;
  readonly tradeId: number;
  readonly price: number;
  readonly qty: number;
  readonly aggressorSide: Side;
  readonly transactTime: number;
}

export interface BestBidOffer {
  readonly instrumentId: number;
  readonly bidPrice: number;
  readonly bidQty: number;
  readonly offerPrice: number;
  readonly offerQty: number;
}

export interface InstrumentStatus {
  readonly instrumentId: number;
  readonly phase: Phase;
  /** When the phase ends by itself; 0: not known. */
  readonly until: number;
}

/** What the auction would do if it were now. */
export interface AuctionIndication {
  readonly instrumentId: number;
  /** 0: nothing would trade. */
  readonly price: number;
  readonly qty: number;
  /** Lots that would find no counterpart at that price. */
  readonly imbalance: number;
  readonly imbalanceSide: Side;
}

/** A trade that the operator took back (`busted`), or that is now at `price` and `qty`. */
export interface TradeAmendment {
  readonly instrumentId: number;
  readonly tradeId: number;
  readonly busted: boolean;
  readonly price: number;
  readonly qty: number;
  readonly transactTime: number;
}

/** A report that outlives the callback it came in. */
export function copyExecutionReport(view: ExecutionReport): ExecutionReport {
  return {
    sessionSequence: view.sessionSequence,
    execType: view.execType,
    orderStatus: view.orderStatus,
    orderId: view.orderId,
    clientOrderId: view.clientOrderId,
    origClientOrderId: view.origClientOrderId,
    instrumentId: view.instrumentId,
    side: view.side,
    price: view.price,
    orderQty: view.orderQty,
    cumQty: view.cumQty,
    leavesQty: view.leavesQty,
    lastPx: view.lastPx,
    lastQty: view.lastQty,
    tradeId: view.tradeId,
    rejectReason: view.rejectReason,
    sequenceNumber: view.sequenceNumber,
    transactTime: view.transactTime,
    orderType: view.orderType,
    timeInForce: view.timeInForce,
    text: view.text,
    engine: view.engine,
    receipt: view.receipt ? copyReceipt(view.receipt) : undefined,
    cancelReason: view.cancelReason,
    triggerPrice: view.triggerPrice,
    contraOrderId: view.contraOrderId,
  };
}

function copyReceipt(view: Receipt): Receipt {
  return {
    gatewayInNs: view.gatewayInNs,
    ringWaitNs: view.ringWaitNs,
    matchingNs: view.matchingNs,
    ringOutNs: view.ringOutNs,
    gatewayOutNs: view.gatewayOutNs,
  };
}

export function copyPublicTrade(view: PublicTrade): PublicTrade {
  return {
    instrumentId: view.instrumentId,
    tradeId: view.tradeId,
    price: view.price,
    qty: view.qty,
    aggressorSide: view.aggressorSide,
    transactTime: view.transactTime,
  };
}

export function copyBestBidOffer(view: BestBidOffer): BestBidOffer {
  return {
    instrumentId: view.instrumentId,
    bidPrice: view.bidPrice,
    bidQty: view.bidQty,
    offerPrice: view.offerPrice,
    offerQty: view.offerQty,
  };
}

export function copyInstrumentDefinition(view: InstrumentDefinition): InstrumentDefinition {
  return {
    instrumentId: view.instrumentId,
    symbol: view.symbol,
    priceDecimals: view.priceDecimals,
    tickSize: view.tickSize,
    qtyDecimals: view.qtyDecimals,
    lotSize: view.lotSize,
    maxPrice: view.maxPrice,
    maxOrderQty: view.maxOrderQty,
    phase: view.phase,
    engine: view.engine,
    priceSteps: view.priceSteps.map(({ fromPrice, step }) => ({ fromPrice, step })),
    qtyStep: view.qtyStep,
    minNotional: view.minNotional,
    maxNotional: view.maxNotional,
    maxDeviationBps: view.maxDeviationBps,
    staticBandBps: view.staticBandBps,
    dynamicBandBps: view.dynamicBandBps,
    volatilityPauseMs: view.volatilityPauseMs,
    referencePrice: view.referencePrice,
    allocation: view.allocation,
    proRataMinQty: view.proRataMinQty,
    topOrderMaxQty: view.topOrderMaxQty,
    schedule: view.schedule.map(({ secondOfDay, phase }) => ({ secondOfDay, phase })),
  };
}

export function copyInstrumentStatus({ instrumentId, phase, until }: InstrumentStatus): InstrumentStatus {
  return { instrumentId, phase, until };
}

export function copyAuctionIndication(view: AuctionIndication): AuctionIndication {
  const { instrumentId, price, qty, imbalance, imbalanceSide } = view;
  return { instrumentId, price, qty, imbalance, imbalanceSide };
}

export function copyTradeAmendment(view: TradeAmendment): TradeAmendment {
  const { instrumentId, tradeId, busted, price, qty, transactTime } = view;
  return { instrumentId, tradeId, busted, price, qty, transactTime };
}
