import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isOn } from "../../protocol/guards.ts";
import type { Disk, DiskFile } from "./disk.ts";

const FLAGS = { read: "r", write: "r+", create: "w+" } as const;

/** The file system of this machine. */
export const fileDisk: Disk = {
  list: (directory) => readdirSync(directory),
  makeDirectory,
  exists: existsSync,
  open: (path, mode) => new NodeFile(openSync(path, FLAGS[mode], 0o640)),
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  syncDirectory,
};

/** Each new name is made durable in its parent. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory, { mode: 0o750 });
  syncDirectory(dirname(directory));
}

function syncDirectory(directory: string): void {
  if (!isOn("directoryFsync")) return;
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

class NodeFile implements DiskFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get size(): number {
    return fstatSync(this.#fd).size;
  }

  read(bytes: Uint8Array, position: number): number {
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(this.#fd, bytes, done, bytes.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(bytes: Uint8Array, position: number): void {
    // A write can be cut short: by a signal, or because the last bytes fit and the rest does not.
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
    }
  }

  sync(): void {
    if (isOn("fsync")) fdatasyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
