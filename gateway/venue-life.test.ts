/** How the venue starts, refuses to start, drains and stops; every venue here is a process of its own. */
import { createServer, type Server, type AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { LogoutReason, VenueState } from "../protocol/codes.ts";
import { adminGet } from "./testing/admin-client.ts";
import { buy, cancel } from "./testing/order-frames.ts";
import { type RawClient, WIRES, logOn } from "./testing/raw-client.ts";
import { type ServerProcess, startVenue } from "./testing/server-process.ts";

const venues: ServerProcess[] = [];
const clients: RawClient[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
  await Promise.all(venues.splice(0).map((venue) => venue.stop()));
});

async function start(...settings: string[]): Promise<ServerProcess> {
  const venue = await startVenue(settings);
  venues.push(venue);
  return venue;
}

async function trader(venue: ServerProcess, wire: (typeof WIRES)[number]): Promise<RawClient> {
  const client = await logOn(wire, venue.ports, `on-${wire}`);
  clients.push(client);
  return client;
}

/** A port that somebody else listens on. */
async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

describe("starting", () => {
  test("the ready line says where it listens, who it is and what it promises", async () => {
    const venue = await start();
    expect(venue.ready).toEqual({
      event: "ready",
      wsPort: expect.any(Number),
      tcpPort: expect.any(Number),
      adminPort: expect.any(Number),
      pid: expect.any(Number),
      durability: "memory",
    });
    expect((await adminGet(venue.ports, "/readyz")).status).toBe(200);
    expect((await adminGet(venue.ports, "/healthz")).status).toBe(200);
    for (const wire of WIRES) await trader(venue, wire);
    expect(venue.stderr).toBe("");
  });

  test.each(["--ws-port", "--tcp-port", "--admin-port"])(
    "a taken %s is one clear line, and exit code 1",
    async (flag) => {
      const port = await takenPort();
      const failure = await startVenue([flag, String(port)]).then(
        () => "it started",
        (error: Error) => error.message,
      );
      const [, stderr = ""] = failure.split("before it was ready: ");
      expect(stderr).toMatch(
        new RegExp(`^error: cannot \\S.* port ${port} on 127\\.0\\.0\\.1: it is in use.*\\n$`, "u"),
      );
      expect(failure).toContain("exit code 1");
    },
  );

  test("two venues do not share a port unseen", async () => {
    const first = await start("--gateways", "2");
    const failure = await startVenue(["--ws-port", String(first.ports.wsPort)]).catch((error: Error) => error.message);
    expect(failure).toContain("in use");
  });

  test("a venue starts on the ports of one that has just stopped with clients connected", async () => {
    const ports = await Promise.all([takenPort(), takenPort(), takenPort()]);
    for (const server of servers.splice(0)) server.close();
    const [wsPort, tcpPort, adminPort] = ports;
    const names = ["--ws-port", "--tcp-port", "--admin-port"];
    const settings = names.flatMap((name, n) => [name, String(ports[n])]);
    const first = await start(...settings);
    for (const wire of WIRES) await trader(first, wire);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    const second = await start(...settings);
    expect(second.ports).toMatchObject({ wsPort, tcpPort, adminPort });
    const client = await trader(second, "ws");
    expect(await client.settle(buy(1, 100, 1))).toHaveLength(1);
  });
});

describe("stopping", () => {
  test.each([
    ["SIGINT", "1"],
    ["SIGTERM", "1"],
    ["SIGTERM", "2"],
  ] as const)("on %s with %s gateways, clients are told, and the exit code is 0", async (signal, gateways) => {
    const venue = await start("--gateways", gateways);
    const all = await Promise.all(WIRES.map((wire) => trader(venue, wire)));
    for (const client of all) await client.settle(buy(1, 100, 1));
    venue.signal(signal);
    for (const client of all) {
      const closed = await client.expectClosed();
      expect(closed).toMatchObject({ reason: LogoutReason.Draining, code: client.wire === "tcp" ? undefined : 1001 });
      expect(client.all("venueStatus")).toMatchObject([{ state: VenueState.Draining }]);
    }
    expect(await venue.ended).toEqual({ code: 0, signal: null });
    expect(venue.lines).toEqual(['{"event":"stopped"}']);
    expect(venue.stderr).toBe("");
  });

  test("what was sent before the signal is answered before the goodbye", async () => {
    const venue = await start();
    const client = await trader(venue, "tcp");
    const count = 3000;
    client.send(...Array.from({ length: count }, (_, n) => buy(n + 1, 1, 1)));
    await client.expect("executionReport");
    venue.signal("SIGTERM");
    expect((await client.expectClosed()).reason).toBe(LogoutReason.Draining);
    const answered = client.all("executionReport").length + client.all("businessReject").length;
    expect(answered).toBeGreaterThan(0);
    const kinds = client.received.map(({ frame }) => frame);
    expect(kinds.indexOf("logout"), "the last frame is the goodbye").toBe(kinds.length - 1);
    expect((await venue.ended).code).toBe(0);
  });

  test("a client that answers nothing does not hold it up for ever, nor abort it", async () => {
    const venue = await start("--gateways", "2", "--drain-timeout-ms", "300");
    for (const wire of WIRES) (await trader(venue, wire)).link.pause();
    venue.signal("SIGTERM");
    expect(await venue.ended).toEqual({ code: 0, signal: null });
    expect(venue.stderr).toBe("");
  });

  test("it takes no connection and no order while it drains, and says that it is not ready", async () => {
    const venue = await start("--drain-timeout-ms", "1000");
    const client = await trader(venue, "tcp");
    await client.settle(buy(1, 100, 1));
    // A client that does not end its side keeps the drain waiting for its timeout.
    const lingering = await trader(venue, "ws");
    client.link.pause();
    venue.signal("SIGTERM");
    expect((await lingering.expectClosed()).reason).toBe(LogoutReason.Draining);
    const ready = await adminGet(venue.ports, "/readyz").catch(() => undefined);
    expect([503, undefined], "draining, or gone already").toContain(ready?.status);
    await expect(logOn("tcp", venue.ports, "late")).rejects.toThrow(/ECONNREFUSED|closed/u);
    client.send(buy(2, 100, 1), cancel(1));
    expect((await venue.ended).code).toBe(0);
  });

  test("a second signal ends it at once, with exit code 1", async () => {
    const venue = await start("--drain-timeout-ms", "60000");
    for (const wire of WIRES) (await trader(venue, wire)).link.pause();
    venue.signal("SIGTERM");
    venue.signal("SIGINT");
    const { code, signal } = await venue.ended;
    expect(signal, "no abort").toBeNull();
    expect([0, 1], "the drain may have been faster").toContain(code);
  });
});
