import { FairleadClient, priceToTicks, Side, ticksToPrice } from "./index.ts";

const client = await FairleadClient.connect({ url: process.argv[2] ?? "tcp://127.0.0.1:7002", session: "alice" });
client.on("close", (cause) => console.log(cause === undefined ? "logged out" : `closed: ${cause.message}`));

const [instrument] = await client.instruments();
if (instrument === undefined) throw new Error("the venue has no instruments");

const market = await client.subscribe(instrument.instrumentId);
market.on("book", (book) => console.log(`best bid: ${ticksToPrice(instrument, book.bestBid?.price ?? 0)}`));

const price = priceToTicks(instrument, "99.50");
const order = await client.placeOrder({ instrumentId: instrument.instrumentId, side: Side.Buy, price, orderQty: 10 });
order.on("trade", (report) => console.log(`bought ${report.lastQty} at ${ticksToPrice(instrument, report.lastPx)}`));
console.log(`order ${order.orderId} is in the book: 10 ${instrument.symbol} at 99.50`);

await order.cancel();
console.log(`canceled after ${order.cumQty} traded, ping ${(await client.ping()).toFixed(3)} ms`);
await client.logout();
