import type { VenueConfig } from "../gateway/venue-config.ts";
import type { VenuePorts } from "../gateway/venue.ts";

/** What a person sees when the venue is up: where it is, how to try it, and what it does not promise. */
export function renderBanner(build: string, config: VenueConfig, ports: VenuePorts): string {
  const { host } = config;
  const instruments = config.instruments.slice(0, 3).map(({ instrumentId, symbol }) => `${instrumentId} ${symbol}`);
  const more = config.instruments.length > 3 ? `, and ${config.instruments.length - 3} more` : "";
  return `
${build} is open.

  TCP        tcp://${host}:${ports.tcpPort}     length-delimited protobuf
  WebSocket  ws://${host}:${ports.wsPort}      the same frames; sub-protocol fairlead.v1.json for JSON
  Admin      http://${host}:${ports.adminPort}    /metrics /healthz /readyz

  Instruments: ${instruments.join(", ")}${more}

Try it from another terminal in this folder:

  node dist/client/example.js tcp://${host}:${ports.tcpPort}

${durabilityLine(config)} Ctrl-C drains and stops.

`;
}

function durabilityLine({ durability, dataDir }: VenueConfig): string {
  return durability === "memory"
    ? "NOT DURABLE: everything is in memory and gone when this process ends."
    : `Durable: what is acknowledged is in ${dataDir}, and is there again at the next start.`;
}
