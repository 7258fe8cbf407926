import { expect, test } from "vitest";
import { callsAfterFailure } from "./strace-log.ts";

test.each([
  [["7 pwrite64(20, x, 2, 0) = 2", "7 fdatasync(20) = -1 EIO (Input/output error) (INJECTED)"], []],
  [["7 fdatasync(20) = -1 EIO (Input/output error) (INJECTED)", "7 fdatasync(20) = 0"], ["7 fdatasync(20) = 0"]],
  [
    [
      "7 fdatasync(20 <unfinished ...>",
      "8 pwrite64(3, x, 1, 0) = 1",
      "7 <... fdatasync resumed>) = -1 EIO (x) (INJECTED)",
      "8 pwrite64(20, x, 2, 0) = 2",
    ],
    ["8 pwrite64(20, x, 2, 0) = 2"],
  ],
  [["7 fdatasync(20) = -1 EIO (x) (INJECTED)", '7 openat(AT_FDCWD, "y", O_RDWR) = 20', "7 fdatasync(20) = 0"], []],
])("in %j calls after the failure are %j", (lines, found) => {
  expect(callsAfterFailure(lines.join("\n"))).toEqual(found);
});
