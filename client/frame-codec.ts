/**
 * The only file of the SDK that knows how frames look as bytes: ClientFrameWriter makes them, ServerFrameReader reads them.
 */
import { LogoutReason, type Channel, type OrderType, type Side, type TimeInForce } from "../protocol/codes.ts";
import { decodeServerFrameCold, fairlead } from "../protocol/codec/cold-codec.ts";
import { BAD_PREFIX, FRAME, FRAME_TOO_LARGE, FrameSplitter } from "../protocol/codec/delimited.ts";
import { protobuf } from "../protocol/codec/protobufjs-numbers.ts";
import type {
  BestBidOffer,
  BookDelta,
  BookSnapshot,
  BusinessReject,
  ExecutionReport,
  Heartbeat,
  InstrumentList,
  LogonAccepted,
  Logout,
  MassCancelReport,
  PublicTrade,
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
  onLogonAccepted(accepted: LogonAccepted): void;
  onLogout(logout: Logout): void;
  onHeartbeat(heartbeat: Heartbeat): void;
  onInstrumentList(list: InstrumentList): void;
  onVenueStatus(status: VenueStatus): void;
  onMassCancelReport(report: MassCancelReport): void;
}

/** Collects delimited frames until take. */
export class ClientFrameWriter {
  readonly #writer: protobuf.Writer;

  constructor() {
    this.#writer = protobuf.Writer.create();
  }

  /** Bytes since the last take. */
  get byteCount(): number {
    return this.#writer.len;
  }

  /** All frames since the last take, in one piece that nobody writes to any more. */
  take(): Uint8Array {
    const bytes = this.#writer.finish();
    this.#writer.reset();
    return bytes;
  }

  newOrder(
    clientOrderId: number,
    instrumentId: number,
    side: Side,
    orderType: OrderType,
    timeInForce: TimeInForce,
    price: number,
    orderQty: number,
    receipt: boolean,
  ): void {
    this.#write({
      newOrder: { clientOrderId, instrumentId, side, orderType, timeInForce, price, orderQty, receipt },
    });
  }

  cancelOrder(clientOrderId: number, origClientOrderId: number, instrumentId: number, receipt: boolean): void {
    this.#write({ cancelOrder: { clientOrderId, origClientOrderId, instrumentId, receipt } });
  }

  replaceOrder(
    clientOrderId: number,
    origClientOrderId: number,
    instrumentId: number,
    price: number,
    orderQty: number,
    receipt: boolean,
  ): void {
    this.#write({ replaceOrder: { clientOrderId, origClientOrderId, instrumentId, price, orderQty, receipt } });
  }

  massCancel(clientOrderId: number, instrumentId: number, side: Side): void {
    this.#write({ massCancel: { clientOrderId, instrumentId, side } });
  }

  logon(session: string, protocolVersion: number, heartbeatIntervalMs: number, cancelOnDisconnect: boolean): void {
    this.#write({ logon: { session, protocolVersion, heartbeatIntervalMs, cancelOnDisconnect } });
  }

  logout(reason: LogoutReason, text: string): void {
    this.#write({ logout: { reason, text } });
  }

  heartbeat(requestId: number, echoId: number): void {
    this.#write({ heartbeat: { requestId, echoId } });
  }

  subscribe(instrumentId: number, channels: readonly Channel[]): void {
    this.#write({ subscribe: { instrumentId, channels: [...channels] } });
  }

  unsubscribe(instrumentId: number): void {
    this.#write({ unsubscribe: { instrumentId } });
  }

  instrumentsRequest(): void {
    this.#write({ instrumentsRequest: {} });
  }

  #write(frame: fairlead.v1.ClientFrame.$Properties): void {
    fairlead.v1.ClientFrame.encodeDelimited(frame, this.#writer);
  }
}

/** Splits and decodes what arrives on one connection. */
export class ServerFrameReader {
  readonly #sink: ServerFrameSink;
  readonly #splitter = new FrameSplitter(MAX_SERVER_FRAME_BYTES);
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

  #read(bytes: Uint8Array, start: number, end: number): boolean {
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
    // Codes are open on the wire: one that this version does not know passes through as its number.
    if (frame.executionReport) sink.onExecutionReport(frame.executionReport as ExecutionReport);
    else if (frame.bookDelta) sink.onBookDelta(frame.bookDelta as BookDelta);
    else if (frame.trade) sink.onTrade(frame.trade as PublicTrade);
    else if (frame.bestBidOffer) sink.onBestBidOffer(frame.bestBidOffer as BestBidOffer);
    else if (frame.bookSnapshot) sink.onBookSnapshot(frame.bookSnapshot as BookSnapshot);
    else if (frame.businessReject) sink.onBusinessReject(frame.businessReject as BusinessReject);
    else if (frame.massCancelReport) sink.onMassCancelReport(frame.massCancelReport as MassCancelReport);
    else if (frame.heartbeat) sink.onHeartbeat(frame.heartbeat as Heartbeat);
    else if (frame.instrumentList) sink.onInstrumentList(frame.instrumentList as InstrumentList);
    else if (frame.venueStatus) sink.onVenueStatus(frame.venueStatus as VenueStatus);
    else if (frame.logonAccepted) sink.onLogonAccepted(frame.logonAccepted as LogonAccepted);
    else if (frame.logout) sink.onLogout(frame.logout as Logout);
  }
}
