import { FRAME, FrameSplitter } from "../../protocol/codec/delimited.ts";
import { EXECUTION_REPORT, decodeServerFrame } from "../../protocol/codec/server-frame-decoder.ts";
import { ServerFrameView } from "../../protocol/codec/server-frame-view.ts";
import { ExecType } from "../../protocol/codes.ts";

const MAX_REPLY_BYTES = 2 ** 20;

/** Counts the delimited frames that a server sends back, the same way for every server, and keeps them for a check. */
export class ReplyReader {
  count = 0;
  /** Called once when `count` reaches `target`. */
  onTarget: () => void = () => {};
  target = Infinity;
  readonly #splitter = new FrameSplitter(MAX_REPLY_BYTES);
  #kept: Buffer[] = [];
  #keeps = false;

  readonly receive = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#keeps) this.#kept.push(Buffer.from(bytes.subarray(start, end)));
    this.#splitter.feed(bytes, start, end);
    while (this.#splitter.next() === FRAME) this.count++;
    if (this.count >= this.target) {
      this.target = Infinity;
      this.onTarget();
    }
  };

  /** Resolves when this many frames have come since the last call of start. */
  async until(target: number): Promise<void> {
    if (this.count >= target) return;
    await new Promise<void>((resolve) => {
      this.onTarget = resolve;
      this.target = target;
    });
  }

  start(keep: boolean): void {
    this.count = 0;
    this.#kept = [];
    this.#keeps = keep;
  }

  /** @throws when what was kept is not one acceptance for each client order id from `firstId` on, in order. */
  checkAcceptances(firstId: number, orderCount: number): void {
    const bytes = Buffer.concat(this.#kept);
    const splitter = new FrameSplitter(MAX_REPLY_BYTES);
    const view = new ServerFrameView();
    splitter.feed(bytes, 0, bytes.length);
    for (let n = 0; n < orderCount; n++) {
      const isReport =
        splitter.next() === FRAME &&
        decodeServerFrame(splitter.bytes, splitter.start, splitter.end, view) === EXECUTION_REPORT;
      const report = view.executionReport;
      if (!isReport || report.execType !== ExecType.New || report.clientOrderId !== firstId + n) {
        throw new Error(`reply ${n} of ${orderCount} is not the acceptance of order ${firstId + n}`);
      }
    }
  }
}
