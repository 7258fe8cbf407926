import { ConnectError } from "./errors.ts";
import { openTcp } from "./tcp-transport.ts";
import type { OpenTransport } from "./transport.ts";
import { openWs } from "./ws-transport.ts";

/** Opens tcp:, ws: and wss: addresses. */
export const openNodeTransport: OpenTransport = async (url, listener, timeoutMs) => {
  switch (url.protocol) {
    case "tcp:":
      return openTcp(url, listener, timeoutMs);
    case "ws:":
    case "wss:":
      return openWs(url, listener, timeoutMs);
    default:
      throw new ConnectError(url.hostname, Number(url.port), `"${url.protocol}" is not tcp:, ws: or wss:`);
  }
};
