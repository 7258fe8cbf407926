/** A command as named values, and how they become a record. For tests and tools, not for the path of an order. */
import {
  CMD_CLIENT_ORDER_ID,
  CMD_CONNECTION,
  CMD_FLAGS,
  CMD_GATEWAY,
  CMD_GATEWAY_IN_NS,
  CMD_HEAD,
  CMD_INSTRUMENT_ID,
  CMD_NAME,
  CMD_NAME_BYTES,
  CMD_ORDER_QTY,
  CMD_ORIG_CLIENT_ORDER_ID,
  CMD_PRICE,
  CMD_RECEIVED_AT,
  CMD_SEQUENCE,
  CMD_SESSION,
  CMD_TIME,
  type CommandKind,
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
  readonly connection: number;
  readonly gatewayInNs: number;
  readonly receivedAt: number;
  readonly sequence: number;
  readonly time: number;
  readonly gateway: number;
  readonly name: string;
}

const EMPTY = {
  side: 0,
  orderType: 0,
  timeInForce: 0,
  session: 0,
  instrumentId: 0,
  flags: 0,
  clientOrderId: 0,
  origClientOrderId: 0,
  price: 0,
  orderQty: 0,
  connection: 0,
  gatewayInNs: 0,
  receivedAt: 0,
  sequence: 0,
  time: 0,
  gateway: 0,
  name: "",
};

/** What is not given is zero. */
export function commandOf(fields: Partial<CommandFields> & Pick<CommandFields, "kind">): CommandFields {
  return { ...EMPTY, ...fields };
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
  i32[base + CMD_NAME_BYTES] = command.name.length;
  for (let i = 0; i < command.name.length; i++) {
    const word = base + CMD_NAME + (i >> 2);
    i32[word] = (i32[word] as number) | (command.name.charCodeAt(i) << ((i & 3) * 8));
  }
}
