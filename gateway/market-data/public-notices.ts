/** Frames of what followers of an instrument hear rarely: through the cold codec, from events. */
import { ExecType, type Phase, type Side } from "../../protocol/codes.ts";
import { encodeServerFrame } from "../../protocol/codec/cold-codec.ts";
import {
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LAST_PX,
  EVT_LAST_QTY,
  EVT_LEVEL_QTY,
  EVT_PREV_LEVEL_QTY,
  EVT_PRICE,
  EVT_TIME,
  EVT_TRADE_ID,
} from "../../protocol/record/event-record.ts";

/** @param until Microseconds since 1970-01-01 UTC; 0: not known. */
export function statusFrame(instrumentId: number, phase: number, until: number): Uint8Array {
  return encodeServerFrame({ instrumentStatus: { instrumentId, phase: phase as Phase, until } });
}

export function indicationFrame(i32: Int32Array, f64: Float64Array, base: number): Uint8Array {
  const half = base >> 1;
  return encodeServerFrame({
    auctionIndication: {
      instrumentId: i32[base + EVT_INSTRUMENT_ID] as number,
      price: i32[base + EVT_PRICE] as number,
      qty: f64[half + EVT_LEVEL_QTY] as number,
      imbalance: f64[half + EVT_PREV_LEVEL_QTY] as number,
      imbalanceSide: ((i32[base + EVT_HEAD] as number) >>> 24) as Side,
    },
  });
}

export function amendmentFrame(i32: Int32Array, f64: Float64Array, base: number): Uint8Array {
  const half = base >> 1;
  const execType = ((i32[base + EVT_HEAD] as number) >>> 8) & 0xff;
  return encodeServerFrame({
    tradeAmendment: {
      instrumentId: i32[base + EVT_INSTRUMENT_ID] as number,
      tradeId: f64[half + EVT_TRADE_ID] as number,
      busted: execType === ExecType.TradeBusted,
      price: i32[base + EVT_LAST_PX] as number,
      qty: i32[base + EVT_LAST_QTY] as number,
      transactTime: f64[half + EVT_TIME] as number,
    },
  });
}
