import { openNodeTransport } from "./node-transport.ts";
import { VenueClient, type ClientOptions } from "./venue-client.ts";

/** A client for Node, over TCP or WebSocket. */
export class FairleadClient extends VenueClient {
  /** Connects and logs on. Rejects with ConnectError, LogonRefusedError or ProtocolViolationError. */
  static async connect(options: ClientOptions): Promise<FairleadClient> {
    const client = new FairleadClient(options);
    await client.open(openNodeTransport);
    return client;
  }
}
