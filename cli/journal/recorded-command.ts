/** A command of the journal as named values: what `fairlead journal dump` prints, and what an order's life quotes. */
import { nameOf } from "../../engine/sessions/session-control.ts";
import {
  Contingency,
  KillScope,
  OrderType,
  PegReference,
  Phase,
  PostOnly,
  ReplaceMode,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggerBy,
} from "../../protocol/codes.ts";
import { REC_EPOCH, decodeRecord } from "../../protocol/journal/journal-format.ts";
import {
  CMD_ACCOUNT,
  CMD_CANCEL_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CODE,
  CMD_CONNECTION,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_LINK,
  CMD_MIN_QTY,
  CMD_OFFSET,
  CMD_OPENING,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_PRICE_FROM,
  CMD_PRICE_TO,
  CMD_QUOTE_AMOUNT,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TERM_SECOND_VALUE,
  CMD_TERM_VALUE,
  CMD_TIME,
  CMD_TRADE_GROUP,
  CMD_TRADE_ID,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  CommandKind,
  InstrumentTerm,
  RECORD_BYTES,
} from "../../protocol/record/command-record.ts";
import { codeText } from "./code-text.ts";
import { formatTime } from "./venue-time.ts";

export type FieldValue = string | number | boolean;
/** What an absent field stands for is left out. */
export type CommandFields = Readonly<Record<string, FieldValue>>;

export interface RecordedCommand {
  readonly sequence: number;
  /** µs since 1970-01-01 UTC. */
  readonly time: number;
  readonly epoch: number;
  readonly kind: string;
  readonly gateway: number;
  /** Handle; absent in what comes from no session. */
  readonly session?: number;
  readonly fields: CommandFields;
}

/** One command record. */
interface Words {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
}

const record = new ArrayBuffer(RECORD_BYTES);
const WORDS: Words = { i32: new Int32Array(record), f64: new Float64Array(record) };

/** From the journal record at `at`. */
export function readRecordedCommand(i32: Int32Array, f64: Float64Array, at: number): RecordedCommand {
  decodeRecord(i32, f64, at, WORDS.i32, WORDS.f64, 0);
  return describeCommand(WORDS.i32, WORDS.f64, i32[at + REC_EPOCH] as number);
}

/** From the complete command record at the beginning of the words. */
export function describeCommand(i32: Int32Array, f64: Float64Array, epoch: number): RecordedCommand {
  const kind = (i32[CMD_HEAD] as number) & 0xff;
  const isOfSession = kind < CommandKind.OpenSession || kind === CommandKind.CloseSession;
  return {
    sequence: f64[CMD_SEQUENCE] as number,
    time: f64[CMD_TIME] as number,
    epoch,
    kind: codeText(CommandKind, kind),
    gateway: i32[CMD_GATEWAY] as number,
    ...(isOfSession ? { session: i32[CMD_SESSION] as number } : {}),
    fields: withoutAbsent(fieldsOf(kind, { i32, f64 })),
  };
}

/** One line. */
export function renderCommand(command: RecordedCommand): string {
  const { sequence, time, epoch, kind, gateway, session, fields } = command;
  const from = session === undefined ? `gateway ${gateway}` : `gateway ${gateway}  session ${session}`;
  return `${sequence}  ${formatTime(time)}  epoch ${epoch}  ${kind}  ${from}  ${renderFields(fields)}`.trimEnd();
}

export function renderFields(fields: CommandFields): string {
  return Object.entries(fields)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`))
    .join(" ");
}

type Fields = Record<string, FieldValue | undefined>;

const ABSENT: ReadonlySet<FieldValue | undefined> = new Set([undefined, 0, false, ""]);

function withoutAbsent(fields: Fields): CommandFields {
  const present = Object.entries(fields).filter(([, value]) => !ABSENT.has(value));
  return Object.fromEntries(present) as CommandFields;
}

function fieldsOf(kind: number, words: Words): Fields {
  const { i32, f64 } = words;
  const id = f64[CMD_CLIENT_ORDER_ID];
  const instrument = i32[CMD_INSTRUMENT_ID];
  const requestId = id;
  switch (kind) {
    case CommandKind.NewOrder:
      return { instrument, id, ...orderFields(words) };
    case CommandKind.CancelOrder:
      return { instrument, origId: f64[CMD_ORIG_CLIENT_ORDER_ID], id };
    case CommandKind.ReplaceOrder:
      return { instrument, origId: f64[CMD_ORIG_CLIENT_ORDER_ID], id, ...replaceFields(words) };
    case CommandKind.MassCancel:
      return { instrument, id, ...rangeFields(words), account: extended(words) ? i32[CMD_ACCOUNT] : 0 };
    case CommandKind.OpenSession:
      return {
        name: nameOf(i32, 0),
        connection: i32[CMD_CONNECTION],
        opening: f64[CMD_OPENING],
        ...openingFlags(words),
      };
    case CommandKind.CloseSession:
      return { connection: i32[CMD_CONNECTION] };
    case CommandKind.SetPhase:
      return { instrument, phase: codeText(Phase, i32[CMD_CODE] as number), requestId };
    case CommandKind.KillSwitch:
      return { instrument, ...killFields(words), requestId };
    case CommandKind.OperatorCancel:
      return { instrument, ...rangeFields(words), account: f64[CMD_CANCEL_ACCOUNT], name: nameOf(i32, 0), requestId };
    case CommandKind.BustTrade:
      return { instrument, tradeId: f64[CMD_TRADE_ID], requestId };
    case CommandKind.CorrectTrade:
      return { instrument, tradeId: f64[CMD_TRADE_ID], price: i32[CMD_PRICE], qty: i32[CMD_ORDER_QTY], requestId };
    case CommandKind.InstrumentTerm:
      return { instrument, ...termFields(words) };
    case CommandKind.CommitInstrument:
      return { instrument, symbol: nameOf(i32, 0), requestId };
    default:
      return { requestId };
  }
}

function orderFields(words: Words): Fields {
  const { i32 } = words;
  const head = i32[CMD_HEAD] as number;
  return {
    side: sideText(head),
    type: named(OrderType, (head >>> 16) & 0xff),
    timeInForce: named(TimeInForce, head >>> 24),
    price: i32[CMD_PRICE],
    qty: i32[CMD_ORDER_QTY],
    hidden: hasFlag(words, CommandFlag.Hidden),
    allOrNone: hasFlag(words, CommandFlag.AllOrNone),
    ...(extended(words) ? { ...extendedFields(words), ...listFields(i32[CMD_LINK] as number) } : {}),
  };
}

function extendedFields(words: Words): Fields {
  const { i32, f64 } = words;
  const options = i32[CMD_OPTIONS] as number;
  return {
    triggerPrice: i32[CMD_TRIGGER_PRICE],
    triggerBy: named(TriggerBy, (options >>> 16) & 0xff),
    displayQty: i32[CMD_DISPLAY_QTY],
    displayVariance: i32[CMD_DISPLAY_VARIANCE],
    minQty: i32[CMD_MIN_QTY],
    offset: i32[CMD_OFFSET],
    offsetInBps: hasFlag(words, CommandFlag.OffsetInBps),
    account: i32[CMD_ACCOUNT],
    tradeGroup: i32[CMD_TRADE_GROUP],
    postOnly: named(PostOnly, options & 0xff),
    selfTradePrevention: named(SelfTradePrevention, (options >>> 8) & 0xff),
    pegReference: named(PegReference, options >>> 24),
    quoteAmount: f64[CMD_QUOTE_AMOUNT],
    expireTime: timeOrNone(f64[CMD_EXPIRE_TIME] as number),
  };
}

/** The places of a list count from 1 where people read them. */
function listFields(link: number): Fields {
  if (link === 0) return {};
  const place = ((link >>> 8) & 0xff) + 1;
  return { list: codeText(Contingency, link & 0xff), place: `${place}/${(link >>> 16) & 0xff}` };
}

function replaceFields(words: Words): Fields {
  const { i32 } = words;
  const plain = { price: i32[CMD_PRICE], qty: i32[CMD_ORDER_QTY] };
  if (!extended(words)) return plain;
  return {
    ...plain,
    triggerPrice: i32[CMD_TRIGGER_PRICE],
    displayQty: i32[CMD_DISPLAY_QTY],
    mode: named(ReplaceMode, (i32[CMD_OPTIONS] as number) & 0xff),
  };
}

function rangeFields({ i32 }: Words): Fields {
  return { side: sideText(i32[CMD_HEAD] as number), priceFrom: i32[CMD_PRICE_FROM], priceTo: i32[CMD_PRICE_TO] };
}

function openingFlags(words: Words): Fields {
  return { cancelOnDisconnect: hasFlag(words, CommandFlag.CancelOnDisconnect) };
}

function killFields(words: Words): Fields {
  const { i32 } = words;
  return {
    scope: codeText(KillScope, i32[CMD_CODE] as number),
    account: i32[CMD_ACCOUNT],
    release: hasFlag(words, CommandFlag.Release),
  };
}

function termFields({ i32, f64 }: Words): Fields {
  return {
    term: codeText(InstrumentTerm, i32[CMD_CODE] as number),
    value: f64[CMD_TERM_VALUE],
    secondValue: f64[CMD_TERM_SECOND_VALUE],
  };
}

function sideText(head: number): string | undefined {
  return named(Side, (head >>> 8) & 0xff);
}

/** A code that was given: 0 is none. */
function named(codes: Readonly<Record<string, number>>, code: number): string | undefined {
  return code === 0 ? undefined : codeText(codes, code);
}

function timeOrNone(micros: number): string | undefined {
  return micros === 0 ? undefined : formatTime(micros);
}

function hasFlag({ i32 }: Words, flag: number): boolean {
  return ((i32[CMD_FLAGS] as number) & flag) !== 0;
}

function extended(words: Words): boolean {
  return hasFlag(words, CommandFlag.Extended);
}
