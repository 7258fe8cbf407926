import type { CounterTable } from "../protocol/telemetry/counters.ts";

/** What a gateway worker counts. The position in this table is the position in its counter page. */
export const GATEWAY_COUNTERS = [
  { name: "gateway_connections", help: "Open client connections.", type: "gauge" },
  { name: "gateway_connections_opened_total", help: "Client connections accepted.", type: "counter" },
  {
    name: "gateway_connections_refused_total",
    help: "Client connections refused: too many, or draining.",
    type: "counter",
  },
  { name: "gateway_sessions", help: "Sessions that are logged on.", type: "gauge" },
  { name: "gateway_received_bytes_total", help: "Bytes of frames received from clients.", type: "counter" },
  { name: "gateway_sent_bytes_total", help: "Bytes of frames sent to clients.", type: "counter" },
  { name: "gateway_commands_total", help: "Order commands handed to an engine.", type: "counter" },
  {
    name: "gateway_busy_rejects_total",
    help: "Commands turned away because a command ring was full.",
    type: "counter",
  },
  {
    name: "gateway_business_rejects_total",
    help: "Requests that the gateway itself rejected, BUSY included.",
    type: "counter",
  },
  {
    name: "gateway_protocol_errors_total",
    help: "Sessions ended because the client broke the protocol.",
    type: "counter",
  },
  {
    name: "gateway_slow_consumers_total",
    help: "Sessions ended because too many bytes waited for the client.",
    type: "counter",
  },
  { name: "gateway_heartbeat_timeouts_total", help: "Sessions ended because the client fell silent.", type: "counter" },
  { name: "gateway_events_total", help: "Events taken from the engines.", type: "counter" },
  { name: "gateway_subscriptions", help: "Market-data subscriptions.", type: "gauge" },
  { name: "gateway_turns_total", help: "Turns of the polling loop.", type: "counter" },
  { name: "gateway_parks_total", help: "Times the gateway went to sleep with nothing under way.", type: "counter" },
  { name: "gateway_ticks_total", help: "Ticks of the gateway's timer, 20 per second while it runs.", type: "counter" },
] as const satisfies CounterTable;

export const GatewayCounter = {
  Connections: 0,
  ConnectionsOpened: 1,
  ConnectionsRefused: 2,
  Sessions: 3,
  ReceivedBytes: 4,
  SentBytes: 5,
  Commands: 6,
  BusyRejects: 7,
  BusinessRejects: 8,
  ProtocolErrors: 9,
  SlowConsumers: 10,
  HeartbeatTimeouts: 11,
  Events: 12,
  Subscriptions: 13,
  Turns: 14,
  Parks: 15,
  Ticks: 16,
} as const;
