/** The bare uWebSockets.js echo server that Fairlead is compared with: a process of its own, nothing but the library. */
import { loadNativeUws } from "../../gateway/native-uws.ts";

const { uws } = loadNativeUws();
uws
  .App()
  .ws("/*", {
    maxPayloadLength: 2 ** 20,
    maxBackpressure: 2 ** 30,
    idleTimeout: 0,
    message(socket, message, isBinary) {
      socket.send(message, isBinary);
    },
  })
  .listen("127.0.0.1", 0, (listenSocket) => {
    if (!listenSocket) throw new Error("the echo server cannot listen");
    process.stdout.write(`${JSON.stringify({ event: "ready", wsPort: uws.us_socket_local_port(listenSocket) })}\n`);
  });
