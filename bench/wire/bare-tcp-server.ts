/**
 * The bare node:net server that Fairlead is compared with: splits the stream, decodes each NewOrder into a command record
 * and answers with an ExecutionReport made from it by the same codec. No session, no ring, no engine.
 */
import { createServer, type AddressInfo } from "node:net";
import { decodeClientFrame } from "../../protocol/codec/client-frame-decoder.ts";
import { FRAME, FrameSplitter } from "../../protocol/codec/delimited.ts";
import { MAX_EXECUTION_REPORT_BYTES, encodeExecutionReport } from "../../protocol/codec/server-frame-encoder.ts";
import { ExecType, OrderStatus } from "../../protocol/codes.ts";
import {
  CMD_CLIENT_ORDER_ID,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_ORDER_QTY,
  CMD_PRICE,
  RECORD_BYTES,
} from "../../protocol/record/command-record.ts";
import {
  EVT_CLIENT_ORDER_ID,
  EVT_CUM_QTY,
  EVT_DETAIL,
  EVT_HEAD,
  EVT_INSTRUMENT_ID,
  EVT_LEAVES_QTY,
  EVT_ORDER_ID,
  EVT_ORDER_QTY,
  EVT_PRICE,
  EVT_SEQUENCE,
  EVT_SESSION_SEQUENCE,
  EVT_TIME,
  EventKind,
  eventDetail,
  eventHead,
} from "../../protocol/record/event-record.ts";

const command = new ArrayBuffer(RECORD_BYTES);
const event = new ArrayBuffer(RECORD_BYTES);
const commandI32 = new Int32Array(command);
const commandF64 = new Float64Array(command);
const eventI32 = new Int32Array(event);
const eventF64 = new Float64Array(event);
const out = new Uint8Array(2 ** 18);
let sequence = 0;

/** Fills in what the engine would. */
function accept(): void {
  sequence++;
  eventI32[EVT_HEAD] = eventHead(
    EventKind.ExecutionReport,
    ExecType.New,
    OrderStatus.New,
    ((commandI32[CMD_HEAD] as number) >>> 8) & 0xff,
  );
  eventI32[EVT_DETAIL] = eventDetail(1, 1, 0, 0);
  eventI32[EVT_INSTRUMENT_ID] = commandI32[CMD_INSTRUMENT_ID] as number;
  eventI32[EVT_PRICE] = commandI32[CMD_PRICE] as number;
  eventI32[EVT_ORDER_QTY] = commandI32[CMD_ORDER_QTY] as number;
  eventI32[EVT_LEAVES_QTY] = commandI32[CMD_ORDER_QTY] as number;
  eventI32[EVT_CUM_QTY] = 0;
  eventI32[EVT_SESSION_SEQUENCE] = sequence;
  eventF64[EVT_ORDER_ID] = sequence;
  eventF64[EVT_CLIENT_ORDER_ID] = commandF64[CMD_CLIENT_ORDER_ID] as number;
  eventF64[EVT_SEQUENCE] = sequence;
  eventF64[EVT_TIME] = Date.now() * 1000;
}

const server = createServer({ noDelay: true }, (socket) => {
  const splitter = new FrameSplitter(16_384);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    let at = 0;
    splitter.feed(chunk, 0, chunk.length);
    while (splitter.next() === FRAME) {
      decodeClientFrame(splitter.bytes, splitter.start, splitter.end, commandI32, commandF64, 0);
      accept();
      if (at + MAX_EXECUTION_REPORT_BYTES > out.length) {
        socket.write(Buffer.from(out.subarray(0, at)));
        at = 0;
      }
      at = encodeExecutionReport(eventI32, eventF64, 0, 0, 0, 0, out, at);
    }
    if (at > 0) socket.write(Buffer.from(out.subarray(0, at)));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ event: "ready", tcpPort: (server.address() as AddressInfo).port })}\n`);
});
