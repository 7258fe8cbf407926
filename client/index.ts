/** The SDK for Node: TCP and WebSocket. */
export { FairleadClient } from "./node-client.ts";
export * from "./sdk.ts";
