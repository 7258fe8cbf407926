import { expect, test } from "vitest";
import { createDoorbell, DoorbellRinger, DoorbellSleeper } from "./doorbell.ts";

/** Far longer than any test waits: a wake-up that is lost shows as a test that times out. */
const FOREVER_MS = 600_000;

function openDoorbell() {
  const buffer = createDoorbell();
  return { buffer, ringer: new DoorbellRinger(buffer), sleeper: new DoorbellSleeper(buffer) };
}

test("a ring between prepare and sleep ends the sleep at once", () => {
  const { ringer, sleeper } = openDoorbell();
  sleeper.prepare();
  ringer.ring();
  sleeper.sleep(FOREVER_MS);
});

test("a ring between prepare and sleepAsync ends the sleep at once", async () => {
  const { ringer, sleeper } = openDoorbell();
  sleeper.prepare();
  ringer.ring();
  await sleeper.sleepAsync(FOREVER_MS);
});

test("a ring during sleepAsync ends it", async () => {
  const { ringer, sleeper } = openDoorbell();
  const keepAlive = setInterval(() => {}, 1000);
  sleeper.prepare();
  const sleep = sleeper.sleepAsync(FOREVER_MS);
  ringer.ring();
  await sleep;
  clearInterval(keepAlive);
});

test("a sleep that nobody ends lasts for its timeout", () => {
  const { sleeper } = openDoorbell();
  sleeper.prepare();
  sleeper.sleep(5);
});

test("a ring to a consumer that is awake leaves nothing behind: the next sleep is a real one", () => {
  const { buffer, ringer, sleeper } = openDoorbell();
  const before = new Int32Array(buffer.slice(0));
  ringer.ring();
  sleeper.prepare();
  sleeper.cancel();
  ringer.ring();
  expect(new Int32Array(buffer)).toEqual(before);
});

test("of several rings to one sleeper, only the first wakes", () => {
  const { buffer, ringer, sleeper } = openDoorbell();
  sleeper.prepare();
  ringer.ring();
  const afterFirst = new Int32Array(buffer.slice(0));
  ringer.ring();
  new DoorbellRinger(buffer).ring();
  expect(new Int32Array(buffer)).toEqual(afterFirst);
});

test("after a wake-up the consumer counts as awake", () => {
  const { buffer, ringer, sleeper } = openDoorbell();
  sleeper.prepare();
  ringer.ring();
  sleeper.sleep(FOREVER_MS);
  const awake = new Int32Array(buffer.slice(0));
  ringer.ring();
  expect(new Int32Array(buffer)).toEqual(awake);
});
