// What the pieces of data hold, how they are loaded from disk, and what follows from them.

export interface Columns {
  id: string[]; uid: string[]; name: string[]; why: string[]; known: number[]; kind: string[];
  parent: number[]; parents: number[][]; children: number[][]; size: number[];
  nm: (number | null)[]; lo: (number | null)[]; hi: (number | null)[]; length: string[]; span: string[];
  pers: number[]; stab: (number | null)[]; term: string[]; ref: string[];
  jac: (number | null)[]; fdr: (number | null)[]; sec: (number | null)[];
}
export interface About {
  key: string; kind: string; has: string;
  measured: number[]; seen: (number | null)[]; chance: (number | null)[]; z: (number | null)[];
}
export interface Core {
  title: string; made: { version: string; command: string; seed: unknown };
  n: number; sym: string[]; cols: Columns; ptr: string; idx: string; wide: boolean; sup?: string;
  umap?: string; scored: boolean; evidence: About[]; references: Record<string, string>;
  separations: string[]; criteria: Record<string, number | null>;
  shards: { a: number[]; p: number[] }; files: string[];
  cells: { key: string; sheets: string[]; rows: number[] }[]; compared: string | null;
  contrasts: { use: string; title: string }[];
}
export interface Net {
  of: "proteins" | "assemblies"; nodes: string; wide: boolean; places: string;
  edges: Record<string, { pairs: string; weight: string; total: number }>;
}
export interface Term {
  ref: string; term: string; name: string; overlap: number; jac: number | null; fdr: number | null;
  genes: number[];
}
export type Cell = string | number | boolean | null;
export interface Detail {
  net?: Net; terms?: Term[]; sec?: Record<string, Cell>[];
  prof?: { key: string; of: number; rows: number[]; fractions: number; values: string }[];
  flags?: Record<string, Cell>[];
  cards?: { use: string; title: string; card: unknown }[];
}
export interface ProteinDetail {
  near?: Record<string, [number, number][]>;
  prof?: { key: string; values: string }[];
  answers?: { use: string; title: string; columns: string[]; rows: Cell[][] }[];
}
export type NameColumns = Record<string, string[]>;
export type TermRow = [string, string, string, number];
export interface Compared {
  core: Core; shared: number; bars: { same: number; changed: number };
  there: number[][]; back: number[][]; moved: [string, number, number, number][];
}

type Numbers = (number | null)[];
/** A contrast of conditions: assemblies are rows of the core, one entry of each list for each that was tested. */
export interface Contrast {
  title: string; notes: string[]; conditions: string[];
  rows: number[]; kind: string[]; effect: Numbers; effect_lo: Numbers; effect_hi: Numbers; p: Numbers; fdr: Numbers;
  p_equivalent: Numbers; fdr_equivalent: Numbers; detectable: Numbers; measured: Numbers; means: Numbers[];
  behind: string[][]; movers: string[][];
  proteins: { name: string[]; score: Numbers; p: Numbers; fdr: Numbers; distance: Numbers; replicates: Numbers;
    leaves: number[]; enters: number[]; moving: number; all: number };
  nulls: { kind: string; contrast: string; p_05: number; changed: number; movers_p_05: number; movers: number }[];
}

const FORMAT = 1;
const waiting = new Map<string, { done: (data: unknown) => void; failed: (why: Error) => void }>();
const loading = new Map<string, Promise<unknown>>();

/** Take a piece in; called by the pieces themselves. */
export function put(part: string, format: number, map: string, data: unknown): void {
  const wanted = waiting.get(part);
  if (!wanted) return;
  waiting.delete(part);
  const key = document.body.dataset.map;
  if (format !== FORMAT) {
    wanted.failed(new Error(`data/${part}.js has format ${format}, this page reads ${FORMAT}. Write the portal anew.`));
  } else if (map !== key) {
    wanted.failed(new Error(`data/${part}.js belongs to another map (${map}, this is ${key}). Write the portal anew.`));
  } else wanted.done(data);
}

/** Wait for a piece whose script is in the page. */
export function expect<T>(part: string): Promise<T> {
  const found = new Promise<T>((done, failed) => waiting.set(part, { done: done as (d: unknown) => void, failed }));
  loading.set(part, found);
  return found;
}

/** Load a piece, once. The name is one of ours, never one from the address. */
export function load<T>(part: string): Promise<T> {
  const known = loading.get(part);
  if (known) return known as Promise<T>;
  const found = expect<T>(part);
  const script = document.createElement("script");
  script.src = `data/${part}.js`;
  script.onerror = () => waiting.get(part)?.failed(new Error(`data/${part}.js is missing. Copy the whole folder.`));
  document.head.append(script);
  return found;
}

const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
export const u8 = (text: string) => bytes(text);
export const u16 = (text: string) => new Uint16Array(bytes(text).buffer);
export const i16 = (text: string) => new Int16Array(bytes(text).buffer);
export const u32 = (text: string) => new Uint32Array(bytes(text).buffer);
export const f32 = (text: string) => new Float32Array(bytes(text).buffer);

export interface Evidence extends About { present: Uint8Array }

/** A map and what follows from it. Rows are those of the core; assembly 0 is the root. */
/** Position of a picture: a sheet of 8 x 8, and its place there, row by row. */
export interface Place { sheet: string; cell: number }

export class Atlas {
  readonly count: number;
  readonly ptr: Uint32Array;
  readonly idx: Uint16Array | Uint32Array;
  readonly sup: Float32Array | null;
  readonly umap: Int16Array | null;
  readonly evidence: Evidence[];
  private readonly rows = new Map<string, number>();
  private readonly marks = new Map<string, number>();
  private held: { ptr: Uint32Array; idx: Uint32Array } | null = null;
  private pictured: Map<number, Place[]> | null = null;

  constructor(readonly core: Core) {
    this.count = core.cols.id.length;
    this.ptr = u32(core.ptr);
    this.idx = core.wide ? u32(core.idx) : u16(core.idx);
    this.sup = core.sup ? f32(core.sup) : null;
    this.umap = core.umap ? i16(core.umap) : null;
    this.evidence = core.evidence.map((one) => ({ ...one, present: u8(one.has) }));
    core.sym.forEach((name, row) => this.rows.set(name, row));
    // Two assemblies of the same members share a mark; the first, larger in the tree, has it.
    for (let row = this.count - 1; row >= 0; row--) this.marks.set(core.cols.uid[row]!, row);
  }
  get cols(): Columns { return this.core.cols; }
  members(row: number): Uint16Array | Uint32Array { return this.idx.subarray(this.ptr[row], this.ptr[row + 1]); }
  support(row: number, k: number): number { return this.sup ? this.sup[this.ptr[row]! + k]! : 1; }
  protein(name: string): number | undefined { return this.rows.get(name); }
  /** The address of an assembly: its mark, or its id where another assembly has the same members. */
  address(row: number): string {
    const mark = this.cols.uid[row]!;
    return this.marks.get(mark) === row ? mark : this.cols.id[row]!;
  }
  assembly(word: string): number | undefined {
    const found = this.marks.get(word);
    if (found !== undefined) return found;
    const row = this.cols.id.indexOf(word);
    return row < 0 ? undefined : row;
  }
  /** Assemblies that hold a protein, smallest first, the root left out. */
  assembliesOf(protein: number): number[] {
    this.held ??= this.turned();
    const { ptr, idx } = this.held;
    const found = [...idx.subarray(ptr[protein], ptr[protein + 1])].filter((row) => row > 0);
    return found.sort((a, b) => this.cols.size[a]! - this.cols.size[b]! || b - a);
  }
  private turned(): { ptr: Uint32Array; idx: Uint32Array } {
    const ptr = new Uint32Array(this.core.n + 1);
    for (const protein of this.idx) ptr[protein + 1]!++;
    for (let k = 0; k < this.core.n; k++) ptr[k + 1]! += ptr[k]!;
    const idx = new Uint32Array(this.idx.length);
    const next = ptr.slice();
    for (let row = 0; row < this.count; row++) for (const p of this.members(row)) idx[next[p]!++] = row;
    return { ptr, idx };
  }
  /** The way from the root down to an assembly along main parents. */
  path(row: number): number[] {
    const found = [row];
    while (found[0]! > 0) found.unshift(this.cols.parent[found[0]!]!);
    return found;
  }
  /** Every picture of a protein's cells; the first represents it. */
  pictures(protein: number): Place[] {
    if (!this.pictured) {
      this.pictured = new Map();
      for (const set of this.core.cells) {
        set.rows.forEach((row, k) => {
          const place = { sheet: set.sheets[k >> 6]!, cell: k & 63 };
          const known = this.pictured!.get(row);
          if (known) known.push(place);
          else this.pictured!.set(row, [place]);
        });
      }
    }
    return this.pictured.get(protein) ?? [];
  }
  /** The share of assemblies whose persistence is at most that of this one. */
  lasting(row: number): number {
    const all = this.cols.pers.slice(1);
    return all.filter((value) => value <= this.cols.pers[row]!).length / Math.max(all.length, 1);
  }
  async detail(row: number): Promise<Detail> { return this.piece<Detail>("a", row); }
  async proteinDetail(row: number): Promise<ProteinDetail> { return this.piece<ProteinDetail>("p", row); }
  private async piece<T>(part: "a" | "p", row: number): Promise<T> {
    const starts = this.core.shards[part];
    let k = starts.length - 1;
    while (k > 0 && starts[k]! > row) k--;
    const rows = await load<Record<string, T>>(`${part}/${String(k).padStart(3, "0")}`);
    return rows[String(row)]!;
  }
}
