/**
 * An event as text that can be compared: every byte of its record but those that are measurements. Whoever replays the journal
 * makes the same text.
 */
import {
  EVT_DETAIL,
  EVT_GATEWAY_IN_NS,
  EVT_HEAD,
  EVT_MATCHING_NS,
  EVT_RECEIVED_AT,
  EVT_RING_WAIT_NS,
  EVT_SESSION,
  EventFlag,
  EventKind,
  NO_SESSION,
  RECORD_BYTES,
} from "../../../protocol/record/event-record.ts";
import { type EventFields, readEvent } from "../event-fields.ts";

const RECORD_I32 = RECORD_BYTES / 4;
const FLAGS_SHIFT = 24;
const MEASUREMENTS = [
  EVT_GATEWAY_IN_NS,
  EVT_RECEIVED_AT * 2,
  EVT_RECEIVED_AT * 2 + 1,
  EVT_RING_WAIT_NS,
  EVT_MATCHING_NS,
];

const words = new Int32Array(RECORD_I32);
const bytes = Buffer.from(words.buffer);

export function eventText(i32: Int32Array, base: number): string {
  for (let word = 0; word < RECORD_I32; word++) words[word] = i32[base + word] as number;
  for (const word of MEASUREMENTS) words[word] = 0;
  words[EVT_DETAIL] = (words[EVT_DETAIL] as number) & ~(EventFlag.Stamped << FLAGS_SHIFT);
  return bytes.toString("latin1");
}

export function fieldsOf(text: string): EventFields {
  bytes.write(text, "latin1");
  return readEvent(words, new Float64Array(words.buffer), 0);
}

/** The fields that are not zero. */
export function wordsOf(text: string | undefined): string {
  if (text === undefined) return "nothing";
  const fields = Object.entries(fieldsOf(text)).filter(([, value]) => value !== 0);
  return fields.map(([name, value]) => `${name} ${value}`).join(", ");
}

/** Whether the event is to one receiver, and not only to whoever follows a book. */
export function isAddressed(text: string): boolean {
  bytes.write(text, "latin1");
  const kind = (words[EVT_HEAD] as number) & 0xff;
  if (kind === EventKind.ExecutionReport) return words[EVT_SESSION] !== NO_SESSION;
  return (kind >= EventKind.BusinessReject && kind <= EventKind.SessionClosed) || kind === EventKind.OperatorReport;
}

/** Whether it tells a book as it is, which depends on when somebody asked, and not on a command. */
export function isOfImage(text: string): boolean {
  const kind = text.charCodeAt(0);
  return kind === EventKind.SnapshotLevel || kind === EventKind.SnapshotEnd || kind === EventKind.Indication;
}
