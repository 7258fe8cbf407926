import { AFTER_TERMS, FIRST_TERM } from "../protocol/codec/order-terms-decoder.ts";
import { CMD_FLAGS, CommandFlag, RECORD_BYTES } from "../protocol/record/command-record.ts";

/** int32 that every order frame fills in: head to link. */
const ORDER_I32 = 11;

/**
 * One command record outside any ring. A frame is decoded here first, because its instrument decides which engine's
 * ring it goes to. One per gateway: it holds the command that is being handled.
 */
export class CommandScratch {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly bytes: Uint8Array;

  constructor() {
    const buffer = new ArrayBuffer(RECORD_BYTES);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** The order part only: all that an order command has, its terms when it is extended. */
  copyOrder(target: Int32Array, base: number): void {
    const { i32 } = this;
    for (let n = 0; n < ORDER_I32; n++) target[base + n] = i32[n] as number;
    if (((i32[CMD_FLAGS] as number) & CommandFlag.Extended) === 0) return;
    for (let n = FIRST_TERM; n < AFTER_TERMS; n++) target[base + n] = i32[n] as number;
  }
}
