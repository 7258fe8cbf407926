/** The SDK for Node: TCP and WebSocket. */
export { FairleadClient } from "./node-client.ts";
export { openNodeTransport as openTransport } from "./node-transport.ts";
export * from "./sdk.ts";
