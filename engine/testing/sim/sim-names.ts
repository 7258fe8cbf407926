/**
 * The directories of the simulated disk: which name leads to which file, as programs see it and as a power cut would leave it.
 *
 * Each change waits in #pending until its directory is synced. A power cut carries out any of the changes that wait, and not
 * the others; one change, a rename among them, happens whole or not at all.
 */
import { dirname } from "node:path";
import type { Dice } from "../flow/dice.ts";
import type { SimFile } from "./sim-file.ts";

export const DIRECTORY = "directory";
type Entry = SimFile | typeof DIRECTORY;

/** A name that led nowhere or elsewhere leads to `entry` now, and `gone` leads nowhere; both, when it was a rename. */
interface NameChange {
  readonly made?: { readonly path: string; readonly entry: Entry };
  readonly gone?: string;
}

export class SimNames {
  #current = new Map<string, Entry>([["/", DIRECTORY]]);
  #durable = new Map(this.#current);
  #pending: NameChange[] = [];

  /** With copies of the files. */
  copy(): SimNames {
    const copies = new Map<Entry, Entry>([[DIRECTORY, DIRECTORY]]);
    const copyOf = (entry: Entry): Entry => {
      const known = copies.get(entry) ?? (entry as SimFile).copy();
      copies.set(entry, known);
      return known;
    };
    const names = new SimNames();
    names.#current = new Map([...this.#current].map(([path, entry]) => [path, copyOf(entry)]));
    names.#durable = new Map([...this.#durable].map(([path, entry]) => [path, copyOf(entry)]));
    names.#pending = this.#pending.map(({ made, gone }) => ({
      ...(made && { made: { path: made.path, entry: copyOf(made.entry) } }),
      ...(gone !== undefined && { gone }),
    }));
    return names;
  }

  get(path: string): Entry | undefined {
    return this.#current.get(path);
  }

  /** Names in a directory. */
  in(directory: string): string[] {
    const paths = [...this.#current.keys()].filter((path) => path !== "/" && dirname(path) === directory);
    return paths.map((path) => path.slice(directory === "/" ? 1 : directory.length + 1));
  }

  /** Files by path, in the order of the paths. */
  files(): [string, SimFile][] {
    const files = [...this.#current].filter((named): named is [string, SimFile] => named[1] !== DIRECTORY);
    return files.toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  add(path: string, entry: Entry): void {
    this.#change({ made: { path, entry } });
  }

  remove(path: string): void {
    this.#change({ gone: path });
  }

  rename(from: string, to: string, entry: Entry): void {
    this.#change({ gone: from, made: { path: to, entry } });
  }

  sync(directory: string): void {
    for (const change of this.#pending.filter((waiting) => isIn(waiting, directory))) carryOut(this.#durable, change);
    this.#pending = this.#pending.filter((waiting) => !isIn(waiting, directory));
  }

  /** Returns how many changes were lost. */
  cutPower(dice: Dice): number {
    const kept = this.#pending.filter(() => dice.onceIn(2));
    const lost = this.#pending.length - kept.length;
    for (const change of kept) carryOut(this.#durable, change);
    for (const path of this.#durable.keys()) {
      if (path !== "/" && this.#durable.get(dirname(path)) !== DIRECTORY) this.#durable.delete(path);
    }
    this.#current = new Map(this.#durable);
    this.#pending = [];
    return lost;
  }

  #change(change: NameChange): void {
    carryOut(this.#current, change);
    this.#pending.push(change);
  }
}

function isIn({ made, gone }: NameChange, directory: string): boolean {
  return [made?.path, gone].some((path) => path !== undefined && dirname(path) === directory);
}

function carryOut(names: Map<string, Entry>, { made, gone }: NameChange): void {
  if (gone !== undefined) names.delete(gone);
  if (made !== undefined) names.set(made.path, made.entry);
}
