/**
 * Frames as canonical proto3 JSON: what the sub-protocol fairlead.v1.json and order files consist of. Operator requests and
 * reports also come alone, over HTTP.
 *
 * Reading is strict, with one extension: an enum value may be named without its prefix, "BUY" for "SIDE_BUY".
 */
import { LogoutReason } from "../codes.ts";
import type { fairlead } from "../codec/cold-codec.ts";
import { JsonFault } from "./json-fault.ts";
import { readMessage } from "./json-reader.ts";
import { writeMessage } from "./json-writer.ts";
import {
  type Fields,
  type MessageTable,
  clientFrameTable,
  operatorReportTable,
  operatorRequestTable,
  serverFrameTable,
} from "./message-table.ts";

export { JsonFault };

/**
 * Ids of 2^53 and more in an order message stay too large, as they do in the cold codec: writeCommand marks them.
 */
export function parseClientFrame(text: string): fairlead.v1.ClientFrame | JsonFault {
  return parseFrame(clientFrameTable, text) as unknown as fairlead.v1.ClientFrame | JsonFault;
}

export function parseServerFrame(text: string): fairlead.v1.ServerFrame | JsonFault {
  return parseFrame(serverFrameTable, text) as unknown as fairlead.v1.ServerFrame | JsonFault;
}

export function formatClientFrame(frame: fairlead.v1.ClientFrame.$Properties): string {
  return writeMessage(clientFrameTable, frame as unknown as Fields);
}

export function formatServerFrame(frame: fairlead.v1.ServerFrame.$Properties): string {
  return writeMessage(serverFrameTable, frame as unknown as Fields);
}

export function parseOperatorRequest(text: string): fairlead.v1.OperatorRequest | JsonFault {
  return parseMessage(operatorRequestTable, text) as unknown as fairlead.v1.OperatorRequest | JsonFault;
}

export function formatOperatorReport(report: fairlead.v1.OperatorReport.$Properties): string {
  return writeMessage(operatorReportTable, report as unknown as Fields);
}

function parseFrame(table: MessageTable, text: string): Fields | JsonFault {
  const frame = parseMessage(table, text);
  const isEmpty = !(frame instanceof JsonFault) && Object.keys(frame).length === 0;
  return isEmpty ? new JsonFault("", "a frame holds one message, found none", LogoutReason.EmptyFrame) : frame;
}

function parseMessage(table: MessageTable, text: string): Fields | JsonFault {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return new JsonFault("", `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const message = table.construct();
  return readMessage(table, json, message) ?? message;
}
