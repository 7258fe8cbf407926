/** The SDK for browsers: WebSocket only, nothing of Node. */
export { openBrowserTransport as openTransport } from "./browser-transport.ts";
export { FairleadClient } from "./browser-client.ts";
export * from "./sdk.ts";
