/** Small files that are read and written as one. */
import { dirname } from "node:path";
import type { Disk } from "./disk.ts";

/** undefined: there is no such file. */
export function readWhole(disk: Disk, path: string): Uint8Array | undefined {
  if (!disk.exists(path)) return undefined;
  const file = disk.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size);
    return bytes.subarray(0, file.read(bytes, 0));
  } finally {
    file.close();
  }
}

/** After this the file is there with these bytes, power cut or not; before, as it was. */
export function replaceWhole(disk: Disk, path: string, bytes: Uint8Array): void {
  const made = `${path}.new`;
  const file = disk.open(made, "create");
  try {
    file.write(bytes, 0);
    file.sync();
  } finally {
    file.close();
  }
  disk.rename(made, path);
  disk.syncDirectory(dirname(path));
}
