/**
 * Frames as canonical proto3 JSON: what the sub-protocol fairlead.v1.json and order files consist of.
 *
 * Reading is strict, with one extension: an enum value may be named without its prefix, "BUY" for "SIDE_BUY".
 */
import { LogoutReason } from "../codes.ts";
import type { fairlead } from "../codec/cold-codec.ts";
import { JsonFault } from "./json-fault.ts";
import { readMessage } from "./json-reader.ts";
import { writeMessage } from "./json-writer.ts";
import { type Fields, type MessageTable, clientFrameTable, serverFrameTable } from "./message-table.ts";

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

function parseFrame(table: MessageTable, text: string): Fields | JsonFault {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return new JsonFault("", `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const frame = table.construct();
  const fault = readMessage(table, json, frame);
  if (fault !== null) return fault;
  const isEmpty = Object.keys(frame).length === 0;
  return isEmpty ? new JsonFault("", "a frame holds one message, found none", LogoutReason.EmptyFrame) : frame;
}
