/**
 * A file system of its own, in a file, whose power can be cut: what was not made durable is gone when it comes back, as the kernel
 * throws away what it had in memory and the file system recovers from its own log.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type FileSystem = "ext4" | "xfs";

export class LoopDisk {
  readonly fileSystem: FileSystem;
  /** Where it is mounted. */
  readonly directory: string;
  readonly #folder: string;
  readonly #image: string;
  readonly #removeWithUs = (): void => this.remove();
  #isMounted = false;

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
    this.mount();
  }

  mount(): void {
    run("mount", "-o", "loop", this.#image, this.directory);
    this.#isMounted = true;
  }

  /** Nobody may have a file of it open. */
  unmount(): void {
    run("umount", this.directory);
    this.#isMounted = false;
  }

  /**
   * From now on every call on its files fails, until it is mounted again.
   *
   * @param withLog The log of the file system is written first: names may then be newer than they have to be, contents are not.
   */
  cutPower(withLog: boolean): void {
    run("xfs_io", "-x", "-c", withLog ? "shutdown -f" : "shutdown", this.directory);
  }

  remove(): void {
    process.off("exit", this.#removeWithUs);
    // Lazily: a test that has failed may have left a file open.
    if (this.#isMounted) run("umount", "--lazy", this.directory);
    this.#isMounted = false;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
