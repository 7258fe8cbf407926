/** Client frames as tests write them. Without an instrument it is number 1. */
import type { fairlead } from "../../protocol/codec/cold-codec.ts";
import { OrderType, Side, TimeInForce } from "../../protocol/codes.ts";
import type { ClientFrame } from "./raw-client.ts";

type NewOrderFields = fairlead.v1.NewOrder.$Properties;

export function limit(
  clientOrderId: number,
  side: Side,
  price: number,
  orderQty: number,
  fields: NewOrderFields = {},
): ClientFrame {
  const order = { clientOrderId, side, price, orderQty, instrumentId: 1 };
  return {
    newOrder: {
      ...order,
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel,
      ...fields,
    },
  };
}

export function buy(clientOrderId: number, price: number, orderQty: number, fields: NewOrderFields = {}): ClientFrame {
  return limit(clientOrderId, Side.Buy, price, orderQty, fields);
}

export function sell(clientOrderId: number, price: number, orderQty: number, fields: NewOrderFields = {}): ClientFrame {
  return limit(clientOrderId, Side.Sell, price, orderQty, fields);
}

export function cancel(origClientOrderId: number, fields: fairlead.v1.CancelOrder.$Properties = {}): ClientFrame {
  return { cancelOrder: { origClientOrderId, instrumentId: 1, ...fields } };
}

export function replace(
  origClientOrderId: number,
  price: number,
  orderQty: number,
  fields: fairlead.v1.ReplaceOrder.$Properties = {},
): ClientFrame {
  return { replaceOrder: { origClientOrderId, price, orderQty, instrumentId: 1, ...fields } };
}
