/**
 * The price levels of every ladder, best first: all ladders in one memory.
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
 * Prices near the touch come back all the time: a small direct-mapped cache answers most look-ups by price with one probe. It is no part of the
 * state: an entry counts only if the level that it names has that price and that ladder.
 *
 * Invariants (checked by engine-invariants.ts):
 *  1. A level with rank r is reached by following the bits of r, and only there.
 *  2. Every node has two children or more.
 *  3. best[ladder] is the level with the highest rank, NO_LEVEL in an empty ladder.
 *  4. Nodes below the high-water mark are either in the free list (through `parent`) or below exactly one root.
 */
import { assert } from "../../protocol/assert.ts";
import type { EngineMemory } from "../memory.ts";
import { LADDERS_PER_BOOK_MASK, SHOWN_LADDERS } from "./ladders.ts";
import {
  LVL_LADDER,
  LVL_NODE,
  LVL_ORDER_COUNT,
  LVL_PRICE,
  type LevelBase,
  NO_LEVEL,
  NO_PRICE,
  type PriceLevels,
  type Rank,
  rankOf,
} from "./price-levels.ts";

const NOTHING = 0;

const NODE_I32_SHIFT = 2;
const BITMAP = 0;
const SHIFT = 1;
const RANK = 2;
const PARENT = 3;

const RADIX_BITS = 5;
const CHILD_MASK = 31;

const CACHE_BITS = 12;
/** Spreads ladders over the cache while neighbouring prices of one ladder stay neighbours. */
const CACHE_STRIDE = 613;

const FREE_NODE = 0;
const HIGH_WATER = 1;
/** Levels in shown ladders: those that a configuration bounds. */
const SHOWN_LEVELS = 2;
const REGISTERS = 4;

/** Position of the highest bit that is set. */
function highestBit(bits: number): number {
  return 31 - Math.clz32(bits);
}

/** Shift of the node that looks at the highest bit that is set: a multiple of RADIX_BITS, by division with a product. */
function shiftOf(bits: number): number {
  return ((highestBit(bits) * 13) >> 6) * RADIX_BITS;
}

export type PriceLadders = ReturnType<typeof createPriceLadders>;

export function createPriceLadders(memory: EngineMemory, levels: PriceLevels, ladderCount: number) {
  // Node 0 is the word for "nothing"; of the others a ladder of n levels needs at most n − 1.
  const nodeCount = levels.capacity + 1;
  const registers = memory.allocate("ladder nodes in use", REGISTERS).i32;
  const usedWords = (shift: number) => () => (registers[HIGH_WATER] as number) << shift;
  const nodes = memory.allocate("ladder nodes", nodeCount << NODE_I32_SHIFT, usedWords(NODE_I32_SHIFT)).i32;
  const children = memory.allocate("ladder children", nodeCount << RADIX_BITS, usedWords(RADIX_BITS)).i32;
  /** Reference per ladder. */
  const roots = memory.allocate("ladder roots", ladderCount).i32;
  /** LevelBase per ladder. */
  const bests = memory.allocate("ladder bests", ladderCount).i32.fill(NO_LEVEL);
  const levelI32 = levels.i32;
  const cache = new Int32Array(1 << CACHE_BITS).fill(NO_LEVEL);
  registers[HIGH_WATER] = 1;

  /** NO_LEVEL when the ladder is empty. */
  function best(ladder: number): LevelBase {
    return bests[ladder] as LevelBase;
  }

  /** NO_PRICE when the ladder is empty. */
  function bestPrice(ladder: number): number {
    const level = bests[ladder] as LevelBase;
    return level === NO_LEVEL ? NO_PRICE : (levelI32[level + LVL_PRICE] as number);
  }

  function rankAt(level: LevelBase): Rank {
    return rankOf(levelI32[level + LVL_LADDER] as number, levelI32[level + LVL_PRICE] as number);
  }

  /** The next level that is worse than this one, NO_LEVEL after the last. */
  function nextWorse(level: LevelBase): LevelBase {
    const rank = rankAt(level);
    let node = levelI32[level + LVL_NODE] as number;
    while (node !== NOTHING) {
      const at = node << NODE_I32_SHIFT;
      const child = (rank >>> (nodes[at + SHIFT] as number)) & CHILD_MASK;
      const worse = (nodes[at + BITMAP] as number) & ~(-1 << child);
      if (worse !== 0) return bestBelow(children[(node << RADIX_BITS) + highestBit(worse)] as number);
      node = nodes[at + PARENT] as number;
    }
    return NO_LEVEL;
  }

  function cacheSlot(ladder: number, price: number): number {
    return (price + ladder * CACHE_STRIDE) & ((1 << CACHE_BITS) - 1);
  }

  function isLevelOf(level: LevelBase, ladder: number, price: number): boolean {
    return level !== NO_LEVEL && levelI32[level + LVL_PRICE] === price && levelI32[level + LVL_LADDER] === ladder;
  }

  function find(ladder: number, price: number): LevelBase {
    const cached = cache[cacheSlot(ladder, price)] as LevelBase;
    return isLevelOf(cached, ladder, price) ? cached : findInTrie(ladder, rankOf(ladder, price));
  }

  function findInTrie(ladder: number, rank: Rank): LevelBase {
    let reference = roots[ladder] as number;
    while (reference > NOTHING) {
      const at = reference << NODE_I32_SHIFT;
      const child = (rank >>> (nodes[at + SHIFT] as number)) & CHILD_MASK;
      if ((((nodes[at + BITMAP] as number) >>> child) & 1) === 0) return NO_LEVEL;
      reference = children[(reference << RADIX_BITS) + child] as number;
    }
    // Bits that no node on the way looked at are compared here.
    return reference < NOTHING && rankAt(~reference as LevelBase) === rank ? (~reference as LevelBase) : NO_LEVEL;
  }

  /** The level of that price, made when there is none yet. The caller has made sure that there is room for one. */
  function obtain(ladder: number, price: number): LevelBase {
    const slot = cacheSlot(ladder, price);
    const cached = cache[slot] as LevelBase;
    if (isLevelOf(cached, ladder, price)) return cached;
    const level = obtainInTrie(ladder, rankOf(ladder, price), price);
    cache[slot] = level;
    return level;
  }

  function obtainInTrie(ladder: number, rank: Rank, price: number): LevelBase {
    let parent = NOTHING;
    let reference = roots[ladder] as number;
    while (reference > NOTHING) {
      const at = reference << NODE_I32_SHIFT;
      const shift = nodes[at + SHIFT] as number;
      // The rank differs above the bits of this node: it belongs beside the node, not below it.
      if (((nodes[at + RANK] as number) ^ rank) >>> shift > CHILD_MASK) break;
      const child = (rank >>> shift) & CHILD_MASK;
      if ((((nodes[at + BITMAP] as number) >>> child) & 1) === 0) return addLevel(ladder, reference, price, rank);
      parent = reference;
      reference = children[(reference << RADIX_BITS) + child] as number;
    }
    if (reference < NOTHING && rankAt(~reference as LevelBase) === rank) return ~reference as LevelBase;
    if (reference === NOTHING) return addLevel(ladder, NOTHING, price, rank);
    return addLevel(ladder, split(ladder, parent, reference, rank), price, rank);
  }

  /** Takes the level out of its ladder and frees it, if it has no orders left. */
  function dropIfEmpty(level: LevelBase): void {
    if (levelI32[level + LVL_ORDER_COUNT] === 0) drop(level);
  }

  function drop(level: LevelBase): void {
    const ladder = levelI32[level + LVL_LADDER] as number;
    const node = levelI32[level + LVL_NODE] as number;
    if (node === NOTHING) roots[ladder] = NOTHING;
    else removeChild(ladder, node, rankAt(level));
    if (bests[ladder] === level) bests[ladder] = bestBelow(roots[ladder] as number);
    if ((ladder & LADDERS_PER_BOOK_MASK) < SHOWN_LADDERS) {
      registers[SHOWN_LEVELS] = (registers[SHOWN_LEVELS] as number) - 1;
    }
    levels.free(level);
  }

  function addLevel(ladder: number, node: number, price: number, rank: Rank): LevelBase {
    const level = levels.allocate(ladder, price);
    if (node === NOTHING) roots[ladder] = ~level;
    else setChild(node, rank, ~level);
    levelI32[level + LVL_NODE] = node;
    const bestLevel = bests[ladder] as LevelBase;
    if (bestLevel === NO_LEVEL || rankAt(bestLevel) < rank) bests[ladder] = level;
    if ((ladder & LADDERS_PER_BOOK_MASK) < SHOWN_LADDERS) {
      registers[SHOWN_LEVELS] = (registers[SHOWN_LEVELS] as number) + 1;
    }
    return level;
  }

  /** Puts a node between a parent and what it refers to, at the highest bits in which that differs from `rank`. */
  function split(ladder: number, parent: number, reference: number, rank: Rank): number {
    const otherRank = rankBelow(reference);
    const node = takeNode();
    const at = node << NODE_I32_SHIFT;
    nodes[at + BITMAP] = 0;
    nodes[at + SHIFT] = shiftOf(otherRank ^ rank);
    nodes[at + RANK] = rank;
    refer(ladder, parent, otherRank, node);
    setChild(node, otherRank, reference);
    setParent(reference, node);
    return node;
  }

  function takeNode(): number {
    const node = registers[FREE_NODE] as number;
    if (node !== NOTHING) {
      registers[FREE_NODE] = nodes[(node << NODE_I32_SHIFT) + PARENT] as number;
      return node;
    }
    const untouched = registers[HIGH_WATER] as number;
    assert(untouched < nodeCount, "there are fewer nodes than levels");
    registers[HIGH_WATER] = untouched + 1;
    return untouched;
  }

  function releaseNode(node: number): void {
    nodes[(node << NODE_I32_SHIFT) + PARENT] = registers[FREE_NODE] as number;
    registers[FREE_NODE] = node;
  }

  function removeChild(ladder: number, node: number, rank: Rank): void {
    const at = node << NODE_I32_SHIFT;
    const child = (rank >>> (nodes[at + SHIFT] as number)) & CHILD_MASK;
    const rest = (nodes[at + BITMAP] as number) & ~(1 << child);
    nodes[at + BITMAP] = rest;
    if ((rest & ((rest - 1) | 0)) !== 0) return;
    // One child is left: it takes the place of the node.
    const reference = children[(node << RADIX_BITS) + highestBit(rest)] as number;
    refer(ladder, nodes[at + PARENT] as number, rank, reference);
    releaseNode(node);
  }

  /** Makes `reference` what `parent` (or the ladder, when there is none) has for ranks like this one. */
  function refer(ladder: number, parent: number, rank: Rank, reference: number): void {
    if (parent === NOTHING) roots[ladder] = reference;
    else setChild(parent, rank, reference);
    setParent(reference, parent);
  }

  function setChild(node: number, rank: Rank, reference: number): void {
    const at = node << NODE_I32_SHIFT;
    const child = (rank >>> (nodes[at + SHIFT] as number)) & CHILD_MASK;
    nodes[at + BITMAP] = (nodes[at + BITMAP] as number) | (1 << child);
    children[(node << RADIX_BITS) + child] = reference;
  }

  function setParent(reference: number, parent: number): void {
    if (reference > NOTHING) nodes[(reference << NODE_I32_SHIFT) + PARENT] = parent;
    else levelI32[~reference + LVL_NODE] = parent;
  }

  function bestBelow(reference: number): LevelBase {
    let at = reference;
    while (at > NOTHING) {
      const bitmap = nodes[(at << NODE_I32_SHIFT) + BITMAP] as number;
      at = children[(at << RADIX_BITS) + highestBit(bitmap)] as number;
    }
    return at === NOTHING ? NO_LEVEL : (~at as LevelBase);
  }

  function rankBelow(reference: number): Rank {
    if (reference < NOTHING) return rankAt(~reference as LevelBase);
    return nodes[(reference << NODE_I32_SHIFT) + RANK] as Rank;
  }

  /** Checks the invariants in the header. Visits everything: for tests. @returns how many levels there are. */
  function assertConsistent(): number {
    let levelCount = 0;
    let usedNodes = 0;
    for (let ladder = 0; ladder < ladderCount; ladder++) {
      const visited = visit(roots[ladder] as number, NOTHING);
      const bestLevel = bests[ladder] as LevelBase;
      assert((bestLevel === NO_LEVEL ? -1 : rankAt(bestLevel)) === visited.bestRank, "the best level is known");
      levelCount += visited.levelCount;
      usedNodes += visited.nodeCount;
    }
    for (let node = registers[FREE_NODE] as number; node !== NOTHING;) {
      usedNodes += 1;
      node = nodes[(node << NODE_I32_SHIFT) + PARENT] as number;
    }
    assert(usedNodes === (registers[HIGH_WATER] as number) - 1, "every node is free or below a root");
    return levelCount;
  }

  function visit(reference: number, parent: number): { levelCount: number; nodeCount: number; bestRank: number } {
    if (reference === NOTHING) return { levelCount: 0, nodeCount: 0, bestRank: -1 };
    if (reference < NOTHING) {
      const level = ~reference as LevelBase;
      assert(levelI32[level + LVL_NODE] === parent, "a level knows the node above it");
      return { levelCount: 1, nodeCount: 0, bestRank: rankAt(level) };
    }
    const at = reference << NODE_I32_SHIFT;
    const shift = nodes[at + SHIFT] as number;
    assert(nodes[at + PARENT] === parent, "a node knows its parent");
    const sum = { levelCount: 0, nodeCount: 1, bestRank: -1 };
    let childCount = 0;
    for (let child = 0; child <= CHILD_MASK; child++) {
      if ((((nodes[at + BITMAP] as number) >>> child) & 1) === 0) continue;
      const below = visit(children[(reference << RADIX_BITS) + child] as number, reference);
      assert(((below.bestRank >>> shift) & CHILD_MASK) === child, "ranks lie below the child of their bits");
      const difference = below.bestRank ^ (nodes[at + RANK] as number);
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

  return {
    bests,
    best,
    bestPrice,
    nextWorse,
    find,
    obtain,
    dropIfEmpty,
    shownLevelCount: () => registers[SHOWN_LEVELS] as number,
    assertConsistent,
  };
}
