/**
 * A file system of its own, in a file, whose power can be cut: what was not made durable is gone when it comes back, as the kernel
 * throws away what it had in memory and the file system recovers from its own log.
 */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export type FileSystem = "ext4" | "xfs";

const execute = promisify(execFile);

export class LoopDisk {
  readonly fileSystem: FileSystem;
  /** Where it is mounted. */
  readonly directory: string;
  readonly #folder: string;
  readonly #image: string;
  readonly #removeWithUs = (): void => this.remove();

  /** Mounted and empty. xfs takes 300 MiB at least. */
  constructor(fileSystem: FileSystem, mebibytes: number) {
    this.fileSystem = fileSystem;
    this.#folder = mkdtempSync(join(tmpdir(), "fairlead-disk-"));
    this.directory = join(this.#folder, "disk");
    this.#image = join(this.#folder, "image");
    process.once("exit", this.#removeWithUs);
    mkdirSync(this.directory);
    writeFileSync(this.#image, "");
    truncateSync(this.#image, mebibytes * 2 ** 20);
    run(`mkfs.${fileSystem}`, "-q", this.#image);
    run("mount", "-o", "loop", this.#image, this.directory);
  }

  /**
   * From now on every call on its files fails, until it comes back.
   *
   * @param withLog The log of the file system is written first: names may then be newer than they have to be, contents are not.
   */
  async cutPower(withLog: boolean): Promise<void> {
    await execute("xfs_io", ["-x", "-c", withLog ? "shutdown -f" : "shutdown", this.directory]);
  }

  /** Nobody may have a file of it open. */
  async comeBack(): Promise<void> {
    const both = 'umount "$2" && mount -o loop "$1" "$2"';
    await execute("sh", ["-c", both, "sh", this.#image, this.directory]);
  }

  remove(): void {
    process.off("exit", this.#removeWithUs);
    // Lazily: a test that has failed may have left a file open. It may also have failed between unmounting and mounting.
    spawnSync("umount", ["--lazy", this.directory]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
