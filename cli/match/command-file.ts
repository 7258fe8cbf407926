/** Where commands are read from: a file, or standard input. */
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";

const CHUNK_BYTES = 2 ** 20;

export interface CommandFile {
  /** As errors call it. */
  readonly name: string;
  readonly bytes: Readable;
  /** undefined: not known. */
  readonly totalBytes: number | undefined;
}

/** The file is not there, or is none. */
export class CommandFileError extends Error {
  override readonly name = "CommandFileError";
}

/** @param path "-" is standard input. @throws CommandFileError */
export async function openCommandFile(path: string): Promise<CommandFile> {
  if (path === "-") return { name: "<stdin>", bytes: process.stdin, totalBytes: undefined };
  try {
    const file = await open(path);
    const stats = await file.stat();
    if (stats.isDirectory()) {
      await file.close();
      throw new CommandFileError(`${path}: is a folder`);
    }
    const bytes = file.createReadStream({ highWaterMark: CHUNK_BYTES });
    return { name: path, bytes, totalBytes: stats.isFile() ? stats.size : undefined };
  } catch (error) {
    if (error instanceof CommandFileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFileError(`${path}: ${code === "ENOENT" ? "no such file" : `cannot be read (${code})`}`);
  }
}
