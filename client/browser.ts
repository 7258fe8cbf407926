/** The SDK for browsers: WebSocket only, nothing of Node. */
export { FairleadClient } from "./browser-client.ts";
export * from "./sdk.ts";
