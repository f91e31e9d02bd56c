// The cell view as a drawing: which circles are seen at this zoom, and which labels fit.
import type { Atlas } from "./data";
import { lineOf, lookOf, ramp, strongest, type Look, type Scale } from "./colors";
import type { Packed } from "./pack";
import { Boxes, widthOf, type Pen, type Theme } from "./pen";

export interface View { x: number; y: number; k: number } // screen = (place - centre) * k + middle
export interface Marks {
  selected: number; hovered: number; // assemblies, -1 for none
  protein: number; // a protein, -1 for none
  color: string; // "class", "best" or the key of a scale
  hidden: ReadonlySet<string>; // classes that are left out
  scale: Scale | null;
  paint?: (row: number) => Look | null; // in place of the above
}

const SMALLEST = 0.7;
const PROTEIN = 3;

export interface Shown { node: number; x: number; y: number; r: number }

export function drawCell(pen: Pen, atlas: Atlas, p: Packed, view: View, width: number, height: number, marks: Marks, theme: Theme): Shown[] {
  const { x, y, r, assembly, end, up } = p;
  const shown: Shown[] = [];
  const dots: number[] = [];
  const named: number[] = [];
  const dx = width / 2 - view.x * view.k;
  const dy = height / 2 - view.y * view.k;
  const n = x.length;
  for (let k = 0; k < n; ) {
    const sr = r[k]! * view.k;
    const sx = x[k]! * view.k + dx;
    const sy = y[k]! * view.k + dy;
    if (sr < SMALLEST || sx + sr < 0 || sy + sr < 0 || sx - sr > width || sy - sr > height) {
      k = end[k]!;
      continue;
    }
    const row = assembly[k]!;
    if (row < 0) {
      if (sr >= PROTEIN) {
        dots.push(sx, sy, Math.min(sr * 0.72, 22));
        named.push(k, sx, sy, sr);
      } else if (up[k]! >= 0 && sr >= 1.1) dots.push(sx, sy, sr * 0.72);
    } else {
      const look = paintOf(atlas, row, marks, theme);
      if (look) pen.circle(sx, sy, sr, look.fill, { color: look.line, width: row ? Math.min(1.4, 0.5 + sr / 60) : 1 }, look.hatch);
      shown.push({ node: k, x: sx, y: sy, r: sr });
    }
    k++;
  }
  pen.dots(dots, theme.dark ? "rgba(190,200,210,.5)" : "rgba(70,84,99,.36)");
  ring(pen, p, marks, shown, named, theme);
  label(pen, atlas, p, shown, named, marks, theme, width, height);
  return shown;
}

function paintOf(atlas: Atlas, row: number, marks: Marks, theme: Theme): Look | null {
  if (row === 0) return { fill: theme.dark ? "rgba(255,255,255,.02)" : "rgba(250,251,252,1)", line: theme.line };
  const kind = atlas.cols.kind[row] || "undocumented";
  if (marks.hidden.has(kind)) return null;
  if (marks.paint) return marks.paint(row);
  if (marks.scale) {
    const value = marks.scale.of(row);
    return value === null ? { fill: null, line: theme.line } : { fill: ramp(value), line: theme.dark ? "#9FB4C9" : "#7E93A8" };
  }
  if (marks.color === "best") {
    const best = strongest(atlas, row);
    return best ? { fill: `${lineOf(best.kind).color}2b`, line: lineOf(best.kind).color } : { fill: null, line: theme.line };
  }
  return lookOf(kind, theme);
}

function ring(pen: Pen, p: Packed, marks: Marks, shown: Shown[], named: number[], theme: Theme): void {
  for (const one of shown) {
    const row = p.assembly[one.node]!;
    if (row === marks.selected) pen.circle(one.x, one.y, one.r + 1.5, null, { color: theme.accent, width: 3 });
    else if (row > 0 && row === marks.hovered) pen.circle(one.x, one.y, one.r, null, { color: theme.accent, width: 2 });
  }
  if (marks.protein < 0) return;
  for (let k = 0; k < named.length; k += 4) {
    if (p.protein[named[k]!] === marks.protein) pen.circle(named[k + 1]!, named[k + 2]!, Math.max(named[k + 3]!, 5), "#D55E00", { color: theme.paper, width: 1.5 });
  }
}

function label(pen: Pen, atlas: Atlas, p: Packed, shown: Shown[], named: number[], marks: Marks, theme: Theme, width: number, height: number): void {
  const boxes = new Boxes();
  const order = shown.filter((one) => one.r >= 17 && p.assembly[one.node]! > 0 && one.r < 2.2 * Math.max(width, height)).sort((a, b) =>
    Number(p.assembly[b.node] === marks.selected) - Number(p.assembly[a.node] === marks.selected) ||
    b.r * (atlas.cols.known[p.assembly[b.node]!] ? 3 : 1) - a.r * (atlas.cols.known[p.assembly[a.node]!] ? 3 : 1));
  for (const one of order) {
    const row = p.assembly[one.node]!;
    if (marks.hidden.has(atlas.cols.kind[row] || "undocumented")) continue;
    const known = atlas.cols.known[row] === 1;
    const chosen = row === marks.selected;
    const open = atlas.cols.children[row]!.length > 0 && one.r > 46;
    const size = Math.max(10.5, Math.min(15, 9 + one.r / 24));
    const weight = chosen ? 700 : known ? 600 : 400;
    const name = known ? atlas.cols.name[row]! : atlas.cols.name[row]!.replace(/^with /, "");
    if (!known && one.r < 24) continue;
    const lines = open ? fitted(name, size, weight, one.r * 1.15, 1) : fitted(name, size, weight, one.r * 1.72, one.r > 30 ? 3 : 2);
    if (!lines.length) continue;
    const high = size * 1.16;
    const top = open ? one.y - one.r * 0.86 : one.y - (high * (lines.length - 1)) / 2;
    const wide = Math.max(...lines.map((line) => widthOf(line, size, weight)));
    if (one.x - wide / 2 < 2 || one.x + wide / 2 > width - 2 || top < 8) continue;
    if (!boxes.take(one.x - wide / 2 - 3, top - high / 2 - 1, one.x + wide / 2 + 3, top + high * (lines.length - 0.5) + 1)) continue;
    lines.forEach((line, k) => pen.text(one.x, top + k * high, line, { size, weight, color: chosen ? theme.accent : known ? theme.ink : theme.soft, halo: theme.paper }));
  }
  for (let k = 0; k < named.length; k += 4) {
    const name = atlas.core.sym[p.protein[named[k]!]!]!;
    const size = 10.5;
    const [sx, sy, sr] = [named[k + 1]!, named[k + 2]!, named[k + 3]!];
    if (sr < 9) continue;
    const line = fitted(name, size, 400, Math.max(sr * 2.6, 36), 1)[0];
    if (!line) continue;
    const wide = widthOf(line, size);
    if (boxes.take(sx - wide / 2 - 1, sy - 7, sx + wide / 2 + 1, sy + 7)) pen.text(sx, sy, line, { size, color: theme.ink, halo: theme.paper });
  }
}

const fits = new Map<string, string[]>();

/** A name on lines of some width, cut if need be; none where not even a stump fits. */
export function fitted(name: string, size: number, weight: number, width: number, most: number): string[] {
  const ems = Math.round((width / size) * 4) / 4; // in sizes of the type, so that zooming finds it again
  const key = `${ems} ${weight} ${most} ${name}`;
  let known = fits.get(key);
  if (!known) {
    if (fits.size > 50_000) fits.clear();
    known = fit(name, 10, weight, ems * 10, most);
    fits.set(key, known);
  }
  return known;
}

function fit(name: string, size: number, weight: number, width: number, most: number): string[] {
  const words = name.split(/\s+/).flatMap((word) => (widthOf(word, size, weight) > width && word.includes("-") ? word.split(/(?<=-)/) : [word]));
  const lines: string[] = [];
  let line = "";
  for (let k = 0; k < words.length; k++) {
    const next = line ? `${line}${line.endsWith("-") ? "" : " "}${words[k]!}` : words[k]!;
    if (widthOf(next, size, weight) <= width) { line = next; continue; }
    if (lines.length + 1 >= most || !line) { line = next; break; }
    lines.push(line);
    line = words[k]!;
    if (lines.length === most) break;
  }
  if (line && lines.length < most) lines.push(line);
  const last = lines.length - 1;
  const complete = lines.join(" ").replace(/- /g, "-").length >= name.replace(/\s+/g, " ").trim().length - 1;
  if (last >= 0 && (!complete || widthOf(lines[last]!, size, weight) > width)) {
    let stump = lines[last]!;
    let [short, long] = [0, stump.length];
    while (short < long) {
      const middle = (short + long + 1) >> 1;
      if (widthOf(`${stump.slice(0, middle).trimEnd()}…`, size, weight) <= width) short = middle;
      else long = middle - 1;
    }
    stump = stump.slice(0, short);
    if (stump.trim().length < 3) return last > 0 ? lines.slice(0, -1) : [];
    lines[last] = `${stump.trimEnd()}…`;
  }
  return lines;
}

/** The deepest assembly at a place of the screen, and the protein there if one is drawn. */
export function hit(p: Packed, view: View, width: number, height: number, sx: number, sy: number): { assembly: number; protein: number; node: number } {
  const px = (sx - width / 2) / view.k + view.x;
  const py = (sy - height / 2) / view.k + view.y;
  let found = { assembly: -1, protein: -1, node: -1 };
  for (let k = 0; k < p.x.length; ) {
    const inside = (p.x[k]! - px) ** 2 + (p.y[k]! - py) ** 2 <= p.r[k]! ** 2 && p.r[k]! * view.k >= SMALLEST;
    if (!inside) { k = p.end[k]!; continue; }
    if (p.assembly[k]! >= 0) found = { assembly: p.assembly[k]!, protein: -1, node: k };
    else if (p.r[k]! * view.k >= PROTEIN) found = { ...found, protein: p.protein[k]! };
    k++;
  }
  return found;
}
