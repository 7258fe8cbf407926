import { FakeVenue } from "../../client/testing/fake-venue.ts";
import type { Script } from "../../client/testing/fake-venue.ts";
import { ExecType } from "../../protocol/codes.ts";

/** A fake venue that lets an order take the client order id of its replace, as the flow's replaces ask for. */
export async function startLoadVenue(): Promise<FakeVenue> {
  const venue = await FakeVenue.start();
  venue.script = answerReplace;
  return venue;
}

/** What `script` leaves unanswered is answered as by default. */
export function scriptLoadVenue(venue: FakeVenue, script: Script): void {
  venue.script = (peer, frame) => script(peer, frame) || answerReplace(peer, frame);
}

export function isRequest(frame: FakeVenue["received"][number]): boolean {
  return Boolean(frame.newOrder ?? frame.cancelOrder ?? frame.replaceOrder);
}

const answerReplace: Script = (peer, { replaceOrder }) => {
  if (!replaceOrder) return false;
  const clientOrderId = replaceOrder.clientOrderId ?? 0;
  peer.send({ executionReport: { execType: ExecType.Replaced, clientOrderId } });
  return true;
};
