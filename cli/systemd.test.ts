/** The venue as a service of systemd, as far as it shows on the socket that systemd listens on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { NotifySocket, whyNoNotifySocket } from "../gateway/testing/notify-socket.ts";
import { startVenue } from "../gateway/testing/server-process.ts";

test("systemd is told that the venue takes orders, that its engine makes progress, and that it stops", async (context) => {
  const reason = whyNoNotifySocket();
  if (reason !== undefined) context.skip(reason);
  const dataDirectory = mkdtempSync(join(tmpdir(), "fairlead-systemd-"));
  const socket = await NotifySocket.open();
  onTestFinished(async () => {
    await socket.close();
    rmSync(dataDirectory, { recursive: true });
  });
  const env = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: "400000" };
  const venue = await startVenue(["--durability", "local", "--data-dir", dataDirectory], { env });

  expect(await socket.next()).toBe("READY=1");
  expect(await socket.next()).toBe(
    `STATUS=takes orders on ports ${venue.ports.tcpPort} (TCP) and ${venue.ports.wsPort} (WebSocket); admin port ${venue.ports.adminPort}`,
  );
  for (let n = 0; n < 3; n++) expect(await socket.next()).toBe("WATCHDOG=1");

  expect(await venue.stop()).toEqual({ code: 0, signal: null });
  let last = await socket.next();
  while (last === "WATCHDOG=1") last = await socket.next();
  expect(last).toBe("STOPPING=1");
});
