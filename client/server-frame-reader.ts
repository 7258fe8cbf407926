/**
 * Splits and decodes what arrives on one connection. The frequent messages are read into views that are used again and
 * again; everything else goes through protobufjs.
 */
import { LogoutReason } from "../protocol/codes.ts";
import { decodeServerFrameCold, type fairlead } from "../protocol/codec/cold-codec.ts";
import { BAD_PREFIX, FRAME, FRAME_TOO_LARGE, FrameSplitter } from "../protocol/codec/delimited.ts";
import {
  BOOK_DELTA,
  COLD_FRAME,
  EXECUTION_REPORT,
  TRADE,
  decodeServerFrame,
} from "../protocol/codec/server-frame-decoder.ts";
import { BookDeltaView, ExecutionReportView, TradeView } from "../protocol/codec/server-frame-view.ts";
import type {
  AuctionIndication,
  BestBidOffer,
  BookDelta,
  BookSnapshot,
  BusinessReject,
  ExecutionReport,
  Heartbeat,
  InstrumentList,
  InstrumentStatus,
  LogonAccepted,
  Logout,
  MassCancelReport,
  PublicTrade,
  Receipt,
  TradeAmendment,
  VenueStatus,
} from "./messages.ts";

/** Longest ServerFrame that is read. A snapshot frame of 500 levels takes about 12 KB. */
const MAX_SERVER_FRAME_BYTES = 2 ** 18;

/** Where ServerFrameReader delivers. Each message is valid only during the call. */
export interface ServerFrameSink {
  onExecutionReport(report: ExecutionReport): void;
  onBusinessReject(reject: BusinessReject): void;
  onBookDelta(delta: BookDelta): void;
  onTrade(trade: PublicTrade): void;
  onBestBidOffer(bestBidOffer: BestBidOffer): void;
  onBookSnapshot(snapshot: BookSnapshot): void;
  onInstrumentStatus(status: InstrumentStatus): void;
  onAuctionIndication(indication: AuctionIndication): void;
  onTradeAmendment(amendment: TradeAmendment): void;
  onLogonAccepted(accepted: LogonAccepted): void;
  onLogout(logout: Logout): void;
  onHeartbeat(heartbeat: Heartbeat): void;
  onInstrumentList(list: InstrumentList): void;
  onVenueStatus(status: VenueStatus): void;
  onMassCancelReport(report: MassCancelReport): void;
}

/** The report of protocol/codec, with its receipt as the messages have it. */
class ReportView extends ExecutionReportView {
  get receipt(): Receipt | undefined {
    return this.hasReceipt ? this : undefined;
  }
}

export class ServerFrameReader {
  readonly #sink: ServerFrameSink;
  readonly #splitter = new FrameSplitter(MAX_SERVER_FRAME_BYTES);
  readonly #views = { executionReport: new ReportView(), bookDelta: new BookDeltaView(), trade: new TradeView() };
  #stopped = false;

  constructor(sink: ServerFrameSink) {
    this.#sink = sink;
  }

  /**
   * Delivers every frame that is complete now; the bytes are not needed after the call.
   * @param wholeFrames The bytes must end where a frame ends.
   * @returns What is wrong with the bytes, or "".
   */
  push(bytes: Uint8Array, wholeFrames: boolean): string {
    if (this.#stopped) return "";
    const splitter = this.#splitter;
    splitter.feed(bytes, 0, bytes.length);
    let found = splitter.next();
    while (found === FRAME) {
      if (!this.#read(splitter.bytes, splitter.start, splitter.end)) return "a frame that cannot be decoded";
      // The frame may have ended the session, and with it the reading.
      if (this.#stopped) return "";
      found = splitter.next();
    }
    if (found === BAD_PREFIX) return "a length that is not a varint of 32 bits";
    if (found === FRAME_TOO_LARGE) return `a frame of more than ${MAX_SERVER_FRAME_BYTES} bytes`;
    return wholeFrames && splitter.isPartial ? "a frame that is cut off at the end of its message" : "";
  }

  /** Nothing is delivered any more, not even from bytes that are being read. */
  stop(): void {
    this.#stopped = true;
  }

  /** @returns Whether the frame could be read. */
  #read(bytes: Uint8Array, start: number, end: number): boolean {
    // Codes are open on the wire: one that this version does not know passes through as its number.
    switch (decodeServerFrame(bytes, start, end, this.#views)) {
      case EXECUTION_REPORT:
        this.#sink.onExecutionReport(this.#views.executionReport as ExecutionReport);
        return true;
      case BOOK_DELTA:
        this.#sink.onBookDelta(this.#views.bookDelta);
        return true;
      case TRADE:
        this.#sink.onTrade(this.#views.trade as PublicTrade);
        return true;
      case COLD_FRAME:
        return this.#readCold(bytes, start, end);
      default:
        return false;
    }
  }

  #readCold(bytes: Uint8Array, start: number, end: number): boolean {
    const frame = decodeServerFrameCold(bytes, start, end);
    if (typeof frame === "number") {
      // A frame of a kind that this version does not know says nothing to it.
      return frame === LogoutReason.EmptyFrame;
    }
    this.#deliver(frame);
    return true;
  }

  #deliver(frame: fairlead.v1.ServerFrame): void {
    const sink = this.#sink;
    if (frame.executionReport) sink.onExecutionReport(frame.executionReport as ExecutionReport);
    else if (frame.bookDelta) sink.onBookDelta(new ColdBookDelta(frame.bookDelta));
    else if (frame.trade) sink.onTrade(frame.trade as PublicTrade);
    else if (frame.bestBidOffer) sink.onBestBidOffer(frame.bestBidOffer as BestBidOffer);
    else if (frame.bookSnapshot) sink.onBookSnapshot(frame.bookSnapshot as BookSnapshot);
    else if (frame.instrumentStatus) sink.onInstrumentStatus(frame.instrumentStatus as InstrumentStatus);
    else if (frame.auctionIndication) sink.onAuctionIndication(frame.auctionIndication as AuctionIndication);
    else if (frame.tradeAmendment) sink.onTradeAmendment(frame.tradeAmendment as TradeAmendment);
    else if (frame.businessReject) sink.onBusinessReject(frame.businessReject as BusinessReject);
    else if (frame.massCancelReport) sink.onMassCancelReport(frame.massCancelReport as MassCancelReport);
    else if (frame.heartbeat) sink.onHeartbeat(frame.heartbeat as Heartbeat);
    else if (frame.instrumentList) sink.onInstrumentList(frame.instrumentList as InstrumentList);
    else if (frame.venueStatus) sink.onVenueStatus(frame.venueStatus as VenueStatus);
    else if (frame.logonAccepted) sink.onLogonAccepted(frame.logonAccepted as LogonAccepted);
    else if (frame.logout) sink.onLogout(frame.logout as Logout);
  }
}

/** A delta in the form that protobufjs gives it. */
class ColdBookDelta implements BookDelta {
  readonly instrumentId: number;
  readonly sequenceNumber: number;
  readonly changeCount: number;
  readonly #changes: readonly fairlead.v1.LevelChange.$Properties[];

  constructor({ instrumentId, sequenceNumber, changes }: fairlead.v1.BookDelta.$Properties) {
    this.instrumentId = instrumentId ?? 0;
    this.sequenceNumber = sequenceNumber ?? 0;
    this.#changes = changes ?? [];
    this.changeCount = this.#changes.length;
  }

  side(index: number): number {
    return this.#changes[index]?.side ?? 0;
  }

  price(index: number): number {
    return this.#changes[index]?.price ?? 0;
  }

  qty(index: number): number {
    return this.#changes[index]?.qty ?? 0;
  }

  orderCount(index: number): number {
    return this.#changes[index]?.orderCount ?? 0;
  }
}
