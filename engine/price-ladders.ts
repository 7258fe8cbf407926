/**
 * The price levels of each side of each book, best first: one ladder per side, all in one memory.
 *
 * A ladder is a trie over the 31 bits of a level's rank, five bits per node, with a bitmap of the children that exist:
 * the best child of a node is one count-leading-zeros away. Nodes with a single child are left out, so a node always
 * tells at least two subtrees apart. From that follow both bounds: a look-up visits at most seven nodes (two or three when
 * prices lie close together), and there are fewer nodes than levels, whatever prices clients choose.
 *
 *   references    n > 0: node n     0: nothing     n < 0: level ~n
 *   node          bitmap, shift, rank (of any level below it), parent (a node, or 0: it is the root)
 *   child i       the part of the trie whose ranks have i in bits shift … shift + 4
 *
 * Invariants (checked by book-invariants.ts):
 *  1. A level with rank r is reached by following the bits of r, and only there.
 *  2. Every node has two children or more.
 *  3. best[ladder] is the level with the highest rank, NO_LEVEL in an empty ladder.
 *  4. Nodes are either in the free list (through `parent`) or below exactly one root.
 */
import { assert } from "../protocol/assert.ts";
import {
  LVL_NODE,
  LVL_ORDER_COUNT,
  LVL_RANK,
  type LevelBase,
  NO_LEVEL,
  type PriceLevels,
  type Rank,
} from "./price-levels.ts";

const NOTHING = 0;

const NODE_I32_SHIFT = 2;
const BITMAP = 0;
const SHIFT = 1;
const RANK = 2;
const PARENT = 3;

const RADIX_BITS = 5;
const CHILD_MASK = 31;

/** Position of the highest bit that is set. */
function highestBit(bits: number): number {
  return 31 - Math.clz32(bits);
}

export class PriceLadders {
  readonly #levels: PriceLevels;
  readonly #levelI32: Int32Array;
  /** Reference per ladder. */
  readonly #roots: Int32Array;
  /** LevelBase per ladder. */
  readonly #best: Int32Array;
  readonly #nodes: Int32Array;
  readonly #children: Int32Array;
  #freeNode: number;

  constructor(levels: PriceLevels, ladderCount: number) {
    // Node 0 is the word for "nothing"; of the others a ladder of n levels needs at most n − 1.
    const nodeCount = levels.capacity + 1;
    this.#levels = levels;
    this.#levelI32 = levels.i32;
    this.#roots = new Int32Array(ladderCount);
    this.#best = new Int32Array(ladderCount).fill(NO_LEVEL);
    this.#nodes = new Int32Array(nodeCount << NODE_I32_SHIFT);
    this.#children = new Int32Array(nodeCount << RADIX_BITS);
    this.#freeNode = NOTHING;
    for (let node = nodeCount - 1; node > 0; node--) this.#release(node);
  }

  /** NO_LEVEL when the ladder is empty. */
  best(ladder: number): LevelBase {
    return this.#best[ladder] as LevelBase;
  }

  /** The next level that is worse than this one, NO_LEVEL after the last. */
  nextWorse(level: LevelBase): LevelBase {
    const rank = this.#rankOf(level);
    let node = this.#levelI32[level + LVL_NODE] as number;
    while (node !== NOTHING) {
      const at = node << NODE_I32_SHIFT;
      const child = (rank >>> (this.#nodes[at + SHIFT] as number)) & CHILD_MASK;
      const worse = (this.#nodes[at + BITMAP] as number) & ~(-1 << child);
      if (worse !== 0) return this.#bestBelow(this.#children[(node << RADIX_BITS) + highestBit(worse)] as number);
      node = this.#nodes[at + PARENT] as number;
    }
    return NO_LEVEL;
  }

  find(ladder: number, rank: Rank): LevelBase {
    let reference = this.#roots[ladder] as number;
    while (reference > NOTHING) {
      const at = reference << NODE_I32_SHIFT;
      const child = (rank >>> (this.#nodes[at + SHIFT] as number)) & CHILD_MASK;
      if ((((this.#nodes[at + BITMAP] as number) >>> child) & 1) === 0) return NO_LEVEL;
      reference = this.#children[(reference << RADIX_BITS) + child] as number;
    }
    // Bits that no node on the way looked at are compared here.
    return reference < NOTHING && this.#rankOf(~reference as LevelBase) === rank ? (~reference as LevelBase) : NO_LEVEL;
  }

  /** The level of that price, made when there is none yet. The caller has made sure that there is room for one. */
  obtain(ladder: number, rank: Rank, price: number): LevelBase {
    let parent = NOTHING;
    let reference = this.#roots[ladder] as number;
    while (reference > NOTHING) {
      const at = reference << NODE_I32_SHIFT;
      const shift = this.#nodes[at + SHIFT] as number;
      // The rank differs above the bits of this node: it belongs beside the node, not below it.
      if (((this.#nodes[at + RANK] as number) ^ rank) >>> shift > CHILD_MASK) break;
      const child = (rank >>> shift) & CHILD_MASK;
      if ((((this.#nodes[at + BITMAP] as number) >>> child) & 1) === 0) {
        return this.#addLevel(ladder, reference, price, rank);
      }
      parent = reference;
      reference = this.#children[(reference << RADIX_BITS) + child] as number;
    }
    if (reference < NOTHING && this.#rankOf(~reference as LevelBase) === rank) return ~reference as LevelBase;
    if (reference === NOTHING) return this.#addLevel(ladder, NOTHING, price, rank);
    return this.#addLevel(ladder, this.#split(ladder, parent, reference, rank), price, rank);
  }

  /** Takes the level out of its ladder and frees it, if it has no orders left. */
  dropIfEmpty(ladder: number, level: LevelBase): void {
    if (this.#levelI32[level + LVL_ORDER_COUNT] !== 0) return;
    const node = this.#levelI32[level + LVL_NODE] as number;
    if (node === NOTHING) this.#roots[ladder] = NOTHING;
    else this.#removeChild(ladder, node, this.#rankOf(level));
    if (this.#best[ladder] === level) this.#best[ladder] = this.#bestBelow(this.#roots[ladder] as number);
    this.#levels.free(level);
  }

  #addLevel(ladder: number, node: number, price: number, rank: Rank): LevelBase {
    const level = this.#levels.allocate(price, rank);
    if (node === NOTHING) this.#roots[ladder] = ~level;
    else this.#setChild(node, rank, ~level);
    this.#levelI32[level + LVL_NODE] = node;
    const best = this.#best[ladder] as LevelBase;
    if (best === NO_LEVEL || this.#rankOf(best) < rank) this.#best[ladder] = level;
    return level;
  }

  /** Puts a node between a parent and what it refers to, at the highest bits in which that differs from `rank`. */
  #split(ladder: number, parent: number, reference: number, rank: Rank): number {
    const otherRank = this.#rankBelow(reference);
    const node = this.#freeNode;
    assert(node !== NOTHING, "there are fewer nodes than levels");
    const at = node << NODE_I32_SHIFT;
    this.#freeNode = this.#nodes[at + PARENT] as number;
    this.#nodes[at + BITMAP] = 0;
    this.#nodes[at + SHIFT] = ((highestBit(otherRank ^ rank) / RADIX_BITS) | 0) * RADIX_BITS;
    this.#nodes[at + RANK] = rank;
    this.#refer(ladder, parent, otherRank, node);
    this.#setChild(node, otherRank, reference);
    this.#setParent(reference, node);
    return node;
  }

  #removeChild(ladder: number, node: number, rank: Rank): void {
    const at = node << NODE_I32_SHIFT;
    const child = (rank >>> (this.#nodes[at + SHIFT] as number)) & CHILD_MASK;
    const rest = (this.#nodes[at + BITMAP] as number) & ~(1 << child);
    this.#nodes[at + BITMAP] = rest;
    if ((rest & (rest - 1)) !== 0) return;
    // One child is left: it takes the place of the node.
    const reference = this.#children[(node << RADIX_BITS) + highestBit(rest)] as number;
    this.#refer(ladder, this.#nodes[at + PARENT] as number, rank, reference);
    this.#release(node);
  }

  /** Makes `reference` what `parent` (or the ladder, when there is none) has for ranks like this one. */
  #refer(ladder: number, parent: number, rank: Rank, reference: number): void {
    if (parent === NOTHING) this.#roots[ladder] = reference;
    else this.#setChild(parent, rank, reference);
    this.#setParent(reference, parent);
  }

  #setChild(node: number, rank: Rank, reference: number): void {
    const at = node << NODE_I32_SHIFT;
    const child = (rank >>> (this.#nodes[at + SHIFT] as number)) & CHILD_MASK;
    this.#nodes[at + BITMAP] = (this.#nodes[at + BITMAP] as number) | (1 << child);
    this.#children[(node << RADIX_BITS) + child] = reference;
  }

  #setParent(reference: number, parent: number): void {
    if (reference > NOTHING) this.#nodes[(reference << NODE_I32_SHIFT) + PARENT] = parent;
    else this.#levelI32[~reference + LVL_NODE] = parent;
  }

  #bestBelow(reference: number): LevelBase {
    let at = reference;
    while (at > NOTHING) {
      const bitmap = this.#nodes[(at << NODE_I32_SHIFT) + BITMAP] as number;
      at = this.#children[(at << RADIX_BITS) + highestBit(bitmap)] as number;
    }
    return at === NOTHING ? NO_LEVEL : (~at as LevelBase);
  }

  #rankBelow(reference: number): Rank {
    if (reference < NOTHING) return this.#rankOf(~reference as LevelBase);
    return this.#nodes[(reference << NODE_I32_SHIFT) + RANK] as Rank;
  }

  #rankOf(level: LevelBase): Rank {
    return this.#levelI32[level + LVL_RANK] as Rank;
  }

  #release(node: number): void {
    this.#nodes[(node << NODE_I32_SHIFT) + PARENT] = this.#freeNode;
    this.#freeNode = node;
  }

  /** Checks the invariants in the header. Visits everything: for tests. @returns how many levels there are. */
  assertConsistent(): number {
    let levelCount = 0;
    let nodeCount = 0;
    for (let ladder = 0; ladder < this.#roots.length; ladder++) {
      const visit = this.#visit(this.#roots[ladder] as number, NOTHING);
      const best = this.#best[ladder] as LevelBase;
      assert((best === NO_LEVEL ? -1 : this.#rankOf(best)) === visit.bestRank, "the best level is cached");
      levelCount += visit.levelCount;
      nodeCount += visit.nodeCount;
    }
    for (let node = this.#freeNode; node !== NOTHING; node = this.#nodes[(node << NODE_I32_SHIFT) + PARENT] as number) {
      nodeCount += 1;
    }
    assert(nodeCount === this.#levels.capacity, "every node is free or below a root");
    return levelCount;
  }

  #visit(reference: number, parent: number): { levelCount: number; nodeCount: number; bestRank: number } {
    if (reference === NOTHING) return { levelCount: 0, nodeCount: 0, bestRank: -1 };
    if (reference < NOTHING) {
      const level = ~reference as LevelBase;
      assert(this.#levelI32[level + LVL_NODE] === parent, "a level knows the node above it");
      return { levelCount: 1, nodeCount: 0, bestRank: this.#rankOf(level) };
    }
    const at = reference << NODE_I32_SHIFT;
    const shift = this.#nodes[at + SHIFT] as number;
    assert(this.#nodes[at + PARENT] === parent, "a node knows its parent");
    const sum = { levelCount: 0, nodeCount: 1, bestRank: -1 };
    let childCount = 0;
    for (let child = 0; child <= CHILD_MASK; child++) {
      if ((((this.#nodes[at + BITMAP] as number) >>> child) & 1) === 0) continue;
      const below = this.#visit(this.#children[(reference << RADIX_BITS) + child] as number, reference);
      assert(((below.bestRank >>> shift) & CHILD_MASK) === child, "ranks lie below the child of their bits");
      const difference = below.bestRank ^ (this.#nodes[at + RANK] as number);
      assert(difference >>> shift <= CHILD_MASK, "ranks agree with their node above its bits");
      assert(below.bestRank > sum.bestRank, "children are in the order of their ranks");
      sum.levelCount += below.levelCount;
      sum.nodeCount += below.nodeCount;
      sum.bestRank = below.bestRank;
      childCount += 1;
    }
    assert(childCount >= 2, "a node tells two subtrees apart");
    return sum;
  }
}
