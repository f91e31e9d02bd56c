// Circles in circles: the hierarchy unfolded into a tree and packed, nodes in drawing order.
import { hierarchy, pack } from "d3-hierarchy";

export interface Wanted {
  children: number[][]; parent: number[]; ptr: Uint32Array; idx: Uint16Array | Uint32Array;
}
/** Nodes in preorder; `end` is the row after a node's last descendant. */
export interface Packed {
  x: Float32Array; y: Float32Array; r: Float32Array;
  assembly: Int32Array; protein: Int32Array; end: Int32Array; up: Int32Array; depth: Uint8Array;
}

interface Node { a: number; p: number; children?: Node[] }

/** Nodes beyond which an assembly with several parents is drawn under the main one alone. */
const MOST = 150_000;

function loose(wanted: Wanted, row: number): number[] {
  const below = new Set<number>();
  for (const child of wanted.children[row]!) {
    for (let k = wanted.ptr[child]!; k < wanted.ptr[child + 1]!; k++) below.add(wanted.idx[k]!);
  }
  const found = [];
  for (let k = wanted.ptr[row]!; k < wanted.ptr[row + 1]!; k++) if (!below.has(wanted.idx[k]!)) found.push(wanted.idx[k]!);
  return found;
}

function tooMany(wanted: Wanted, own: number[][]): boolean {
  const counted = new Map<number, number>();
  const count = (row: number): number => {
    const known = counted.get(row);
    if (known !== undefined) return known;
    let sum = 1 + own[row]!.length;
    for (const child of wanted.children[row]!) sum += count(child);
    counted.set(row, sum);
    return sum;
  };
  return count(0) > MOST;
}

export function packed(wanted: Wanted): Packed {
  const own = wanted.children.map((_, row) => loose(wanted, row));
  const once = tooMany(wanted, own);
  const unfold = (row: number): Node => ({
    a: row,
    p: -1,
    children: [
      ...wanted.children[row]!.filter((c) => !once || wanted.parent[c] === row).map(unfold),
      ...own[row]!.map((p) => ({ a: -1, p })),
    ],
  });
  const root = hierarchy<Node>(unfold(0)).sum((node) => (node.p >= 0 ? 1 : 0));
  root.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const placed = pack<Node>().size([1000, 1000]).padding((n) => (n.height > 1 ? 2.2 : 0.5))(root);
  const nodes: (typeof placed)[] = [];
  placed.eachBefore((node) => { nodes.push(node); });
  const n = nodes.length;
  const found: Packed = {
    x: new Float32Array(n), y: new Float32Array(n), r: new Float32Array(n), assembly: new Int32Array(n),
    protein: new Int32Array(n), end: new Int32Array(n), up: new Int32Array(n), depth: new Uint8Array(n),
  };
  const place = new Map<unknown, number>();
  nodes.forEach((node, k) => {
    place.set(node, k);
    found.x[k] = node.x; found.y[k] = node.y; found.r[k] = node.r;
    found.assembly[k] = node.data.a; found.protein[k] = node.data.p;
    found.depth[k] = Math.min(node.depth, 255);
    found.up[k] = node.parent ? place.get(node.parent)! : -1;
  });
  for (let k = n - 1; k >= 0; k--) {
    found.end[k] = Math.max(found.end[k]!, k + 1);
    const up = found.up[k]!;
    if (up >= 0) found.end[up] = Math.max(found.end[up]!, found.end[k]!);
  }
  return found;
}
