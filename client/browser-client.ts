import { openBrowserTransport } from "./browser-transport.ts";
import { VenueClient, type ClientOptions } from "./venue-client.ts";

/** A client for browsers, over WebSocket. */
export class FairleadClient extends VenueClient {
  /** Connects and logs on. Rejects with ConnectError, LogonRefusedError or ProtocolViolationError. */
  static async connect(options: ClientOptions): Promise<FairleadClient> {
    const client = new FairleadClient(options);
    await client.open(openBrowserTransport);
    return client;
  }
}
