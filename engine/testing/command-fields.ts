/**
 * A command as named values, how they become a record, and how they are read from one. For tests and tools, not for the path of an order.
 *
 * A field means what the header of command-record.ts says of its place for the kind of command. `options` is taken apart:
 * postOnly … pegReference in a newOrder, replaceMode in a replaceOrder.
 */
import {
  CMD_ACCOUNT,
  CMD_CANCEL_ACCOUNT,
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_DISPLAY_QTY,
  CMD_DISPLAY_VARIANCE,
  CMD_EXPIRE_TIME,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_GATEWAY_IN_NS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_MIN_QTY,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_OFFSET,
  CMD_OPTIONS,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_QUOTE_AMOUNT,
  CMD_RECEIVED_AT,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TIME,
  CMD_TRADE_GROUP,
  CMD_TRIGGER_PRICE,
  CommandFlag,
  CommandKind,
  RECORD_BYTES,
  commandHead,
} from "../../protocol/record/command-record.ts";

export interface CommandFields {
  readonly kind: CommandKind;
  readonly side: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly session: number;
  readonly instrumentId: number;
  readonly flags: number;
  readonly clientOrderId: number;
  readonly origClientOrderId: number;
  readonly price: number;
  readonly orderQty: number;
  /** Of a newOrder: its link word, see `linkWord`. */
  readonly connection: number;
  readonly gatewayInNs: number;
  readonly receivedAt: number;
  readonly sequence: number;
  readonly time: number;
  readonly gateway: number;
  readonly name: string;
  readonly triggerPrice: number;
  readonly displayQty: number;
  readonly minQty: number;
  readonly offset: number;
  readonly displayVariance: number;
  readonly account: number;
  readonly tradeGroup: number;
  readonly postOnly: number;
  readonly selfTradePrevention: number;
  readonly triggerBy: number;
  readonly pegReference: number;
  readonly replaceMode: number;
  readonly quoteAmount: number;
  readonly expireTime: number;
}

/** Bytes that a reader has no business with are filled with this: a price, a quantity and an id that nobody asked for. */
const LEFTOVER = 0x5a_5a_5a_5a;

/** Commands of a session about its orders: only with the Extended flag are bytes 80 … 127 written. */
function isOrderCommand(kind: CommandKind): boolean {
  return (
    kind === CommandKind.NewOrder ||
    kind === CommandKind.CancelOrder ||
    kind === CommandKind.ReplaceOrder ||
    kind === CommandKind.MassCancel
  );
}

/** What is not given is zero. The Extended flag is set where a field needs it. */
export function commandOf(fields: Partial<CommandFields> & Pick<CommandFields, "kind">): CommandFields {
  const isExtended = isOrderCommand(fields.kind) && (isSpecial(fields) || hasExtendedTerm(fields));
  const extended = isExtended ? CommandFlag.Extended : 0;
  // Field by field, as random tests make millions of these.
  return {
    kind: fields.kind,
    side: fields.side ?? 0,
    orderType: fields.orderType ?? 0,
    timeInForce: fields.timeInForce ?? 0,
    session: fields.session ?? 0,
    instrumentId: fields.instrumentId ?? 0,
    flags: (fields.flags ?? 0) | extended,
    clientOrderId: fields.clientOrderId ?? 0,
    origClientOrderId: fields.origClientOrderId ?? 0,
    price: fields.price ?? 0,
    orderQty: fields.orderQty ?? 0,
    connection: fields.connection ?? 0,
    gatewayInNs: fields.gatewayInNs ?? 0,
    receivedAt: fields.receivedAt ?? 0,
    sequence: fields.sequence ?? 0,
    time: fields.time ?? 0,
    gateway: fields.gateway ?? 0,
    name: fields.name ?? "",
    triggerPrice: fields.triggerPrice ?? 0,
    displayQty: fields.displayQty ?? 0,
    minQty: fields.minQty ?? 0,
    offset: fields.offset ?? 0,
    displayVariance: fields.displayVariance ?? 0,
    account: fields.account ?? 0,
    tradeGroup: fields.tradeGroup ?? 0,
    postOnly: fields.postOnly ?? 0,
    selfTradePrevention: fields.selfTradePrevention ?? 0,
    triggerBy: fields.triggerBy ?? 0,
    pegReference: fields.pegReference ?? 0,
    replaceMode: fields.replaceMode ?? 0,
    quoteAmount: fields.quoteAmount ?? 0,
    expireTime: fields.expireTime ?? 0,
  };
}

/** What counts with the Extended flag only, though it lies elsewhere: the link word of a newOrder, and flags that are terms. */
function isSpecial({ kind, connection = 0, flags = 0 }: Partial<CommandFields>): boolean {
  const isLeg = kind === CommandKind.NewOrder && connection !== 0;
  return isLeg || (flags & (CommandFlag.Hidden | CommandFlag.AllOrNone | CommandFlag.OffsetInBps)) !== 0;
}

const EXTENDED_TERMS = [
  "triggerPrice",
  "displayQty",
  "minQty",
  "offset",
  "displayVariance",
  "account",
  "tradeGroup",
  "postOnly",
  "selfTradePrevention",
  "triggerBy",
  "pegReference",
  "replaceMode",
  "quoteAmount",
  "expireTime",
] as const;

function hasExtendedTerm(fields: Partial<CommandFields>): boolean {
  const hasFlag = ((fields.flags ?? 0) & (CommandFlag.Hidden | CommandFlag.AllOrNone)) !== 0;
  return hasFlag || EXTENDED_TERMS.some((name) => (fields[name] ?? 0) !== 0);
}

/** The `connection` of an order in a list. */
export function linkWord(contingency: number, place: number, orderCount: number): number {
  return contingency | (place << 8) | (orderCount << 16);
}

export function writeCommand(command: CommandFields, i32: Int32Array, f64: Float64Array, base: number): void {
  const at = base >> 1;
  i32.fill(0, base, base + RECORD_BYTES / 4);
  i32[base + CMD_HEAD] = commandHead(command.kind, command.side, command.orderType, command.timeInForce);
  i32[base + CMD_SESSION] = command.session;
  i32[base + CMD_INSTRUMENT_ID] = command.instrumentId;
  i32[base + CMD_FLAGS] = command.flags;
  f64[at + CMD_CLIENT_ORDER_ID] = command.clientOrderId;
  f64[at + CMD_ORIG_CLIENT_ORDER_ID] = command.origClientOrderId;
  i32[base + CMD_PRICE] = command.price;
  i32[base + CMD_ORDER_QTY] = command.orderQty;
  i32[base + CMD_CONNECTION] = command.connection;
  i32[base + CMD_GATEWAY_IN_NS] = command.gatewayInNs;
  f64[at + CMD_RECEIVED_AT] = command.receivedAt;
  f64[at + CMD_SEQUENCE] = command.sequence;
  f64[at + CMD_TIME] = command.time;
  i32[base + CMD_GATEWAY] = command.gateway;
  if (isOrderCommand(command.kind)) {
    if ((command.flags & CommandFlag.Extended) !== 0) writeExtended(command, i32, f64, base);
    else i32.fill(LEFTOVER, base + CMD_TRIGGER_PRICE, base + RECORD_BYTES / 4);
  } else writeOperatorFields(command, i32, f64, base);
}

function writeExtended(command: CommandFields, i32: Int32Array, f64: Float64Array, base: number): void {
  const { postOnly, selfTradePrevention, triggerBy, pegReference } = command;
  const isReplace = command.kind === CommandKind.ReplaceOrder;
  i32[base + CMD_TRIGGER_PRICE] = command.triggerPrice;
  i32[base + CMD_DISPLAY_QTY] = command.displayQty;
  i32[base + CMD_MIN_QTY] = command.minQty;
  i32[base + CMD_OFFSET] = command.offset;
  i32[base + CMD_DISPLAY_VARIANCE] = command.displayVariance;
  i32[base + CMD_ACCOUNT] = command.account;
  i32[base + CMD_TRADE_GROUP] = command.tradeGroup;
  i32[base + CMD_OPTIONS] = isReplace
    ? command.replaceMode
    : postOnly | (selfTradePrevention << 8) | (triggerBy << 16) | (pegReference << 24);
  f64[(base >> 1) + CMD_QUOTE_AMOUNT] = command.quoteAmount;
  f64[(base >> 1) + CMD_EXPIRE_TIME] = command.expireTime;
}

function writeOperatorFields(command: CommandFields, i32: Int32Array, f64: Float64Array, base: number): void {
  i32[base + CMD_NAME_BYTES] = command.name.length;
  for (let i = 0; i < command.name.length; i++) {
    const word = base + CMD_NAME + (i >> 2);
    i32[word] = (i32[word] as number) | (command.name.charCodeAt(i) << ((i & 3) * 8));
  }
  if (command.kind === CommandKind.OperatorCancel) f64[(base >> 1) + CMD_CANCEL_ACCOUNT] = command.account;
  if (command.kind === CommandKind.KillSwitch) i32[base + CMD_ACCOUNT] = command.account;
  f64[(base >> 1) + CMD_QUOTE_AMOUNT] = command.quoteAmount;
  f64[(base >> 1) + CMD_EXPIRE_TIME] = command.expireTime;
}

/** The command of a complete record; measurements apart, as the gateway and the sequencer had written it. */
export function readCommand(i32: Int32Array, f64: Float64Array, base: number): CommandFields {
  const at = base >> 1;
  const head = i32[base + CMD_HEAD] as number;
  const kind = (head & 0xff) as CommandKind;
  const flags = i32[base + CMD_FLAGS] as number;
  const fields = {
    kind,
    side: (head >>> 8) & 0xff,
    orderType: (head >>> 16) & 0xff,
    timeInForce: head >>> 24,
    session: i32[base + CMD_SESSION] as number,
    instrumentId: i32[base + CMD_INSTRUMENT_ID] as number,
    flags,
    clientOrderId: f64[at + CMD_CLIENT_ORDER_ID] as number,
    origClientOrderId: f64[at + CMD_ORIG_CLIENT_ORDER_ID] as number,
    price: i32[base + CMD_PRICE] as number,
    orderQty: i32[base + CMD_ORDER_QTY] as number,
    connection: i32[base + CMD_CONNECTION] as number,
    sequence: f64[at + CMD_SEQUENCE] as number,
    time: f64[at + CMD_TIME] as number,
    gateway: i32[base + CMD_GATEWAY] as number,
  };
  if (!isOrderCommand(kind)) return commandOf({ ...fields, ...readOperatorFields(kind, i32, f64, base) });
  return commandOf(
    (flags & CommandFlag.Extended) === 0 ? fields : { ...fields, ...readExtended(kind, i32, f64, base) },
  );
}

function readExtended(kind: CommandKind, i32: Int32Array, f64: Float64Array, base: number): Partial<CommandFields> {
  const options = i32[base + CMD_OPTIONS] as number;
  const taken =
    kind === CommandKind.ReplaceOrder
      ? { replaceMode: options }
      : {
          postOnly: options & 0xff,
          selfTradePrevention: (options >>> 8) & 0xff,
          triggerBy: (options >>> 16) & 0xff,
          pegReference: options >>> 24,
        };
  return {
    ...taken,
    triggerPrice: i32[base + CMD_TRIGGER_PRICE] as number,
    displayQty: i32[base + CMD_DISPLAY_QTY] as number,
    minQty: i32[base + CMD_MIN_QTY] as number,
    offset: i32[base + CMD_OFFSET] as number,
    displayVariance: i32[base + CMD_DISPLAY_VARIANCE] as number,
    account: i32[base + CMD_ACCOUNT] as number,
    tradeGroup: i32[base + CMD_TRADE_GROUP] as number,
    quoteAmount: f64[(base >> 1) + CMD_QUOTE_AMOUNT] as number,
    expireTime: f64[(base >> 1) + CMD_EXPIRE_TIME] as number,
  };
}

function readOperatorFields(
  kind: CommandKind,
  i32: Int32Array,
  f64: Float64Array,
  base: number,
): Partial<CommandFields> {
  if (kind === CommandKind.CloseSession || kind === CommandKind.AdvanceTime) return {};
  const name = new Uint8Array(i32.buffer, i32.byteOffset + (base + CMD_NAME) * 4, i32[base + CMD_NAME_BYTES]);
  if (kind === CommandKind.KillSwitch) return { account: i32[base + CMD_ACCOUNT] as number };
  return {
    name: String.fromCharCode(...name),
    // The account lies where other commands have an order's id.
    ...(kind === CommandKind.OperatorCancel && {
      account: f64[(base >> 1) + CMD_CANCEL_ACCOUNT] as number,
      origClientOrderId: 0,
    }),
    ...(kind === CommandKind.InstrumentTerm && {
      quoteAmount: f64[(base >> 1) + CMD_QUOTE_AMOUNT] as number,
      expireTime: f64[(base >> 1) + CMD_EXPIRE_TIME] as number,
    }),
  };
}
