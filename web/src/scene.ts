// The cell view as a drawing: which circles are seen at this zoom, and what is at a place of it.
import type { Atlas } from "./data";
import { lineOf, lookOf, ramp, strongest, type Look, type Scale } from "./colors";
import { unsized } from "./format";
import { along, fitted, inside, type Label } from "./labels";
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

interface Shown { node: number; x: number; y: number; r: number }

export function drawCell(pen: Pen, atlas: Atlas, p: Packed, view: View, width: number, height: number, marks: Marks, theme: Theme): Label[] {
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
  return label(pen, atlas, p, shown, named, marks, theme, width, height);
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

function label(pen: Pen, atlas: Atlas, p: Packed, shown: Shown[], named: number[], marks: Marks, theme: Theme, width: number, height: number): Label[] {
  const boxes = new Boxes();
  const labels: Label[] = [];
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
    const name = unsized(known ? atlas.cols.name[row]! : atlas.cols.name[row]!.replace(/^with /, "")); // a circle has its size
    if (!known && one.r < 24) continue;
    for (const fit of open ? along(name, size, weight, one.r) : inside(name, size, weight, one.r)) {
      if (!fit.lines.length) continue;
      const high = fit.size * 1.16;
      const top = open ? one.y - one.r * 0.86 : one.y - (high * (fit.lines.length - 1)) / 2;
      const half = Math.max(...fit.lines.map((line) => widthOf(line, fit.size, weight))) / 2;
      const [x0, y0, x1, y1] = [one.x - half, top - high / 2, one.x + half, top + high * (fit.lines.length - 0.5)];
      if (x0 < 2 || x1 > width - 2 || top < 8 || !boxes.take(x0 - 3, y0 - 1, x1 + 3, y1 + 1)) continue;
      fit.lines.forEach((line, k) => pen.text(one.x, top + k * high, line, { size: fit.size, weight, color: chosen ? theme.accent : known ? theme.ink : theme.soft, halo: theme.paper }));
      labels.push({ row, name, complete: fit.complete, x0, y0, x1, y1 });
      break;
    }
  }
  for (let k = 0; k < named.length; k += 4) {
    const name = atlas.core.sym[p.protein[named[k]!]!]!;
    const size = 10.5;
    const [sx, sy, sr] = [named[k + 1]!, named[k + 2]!, named[k + 3]!];
    if (sr < 9) continue;
    const line = fitted(name, size, 400, Math.max(sr * 2.6, 36), 1).lines[0];
    if (!line) continue;
    const wide = widthOf(line, size);
    if (boxes.take(sx - wide / 2 - 1, sy - 7, sx + wide / 2 + 1, sy + 7)) pen.text(sx, sy, line, { size, color: theme.ink, halo: theme.paper });
  }
  return labels;
}

/** The assembly whose label is at a place of the screen, else the deepest one, and the protein there if one is drawn. */
export function hit(p: Packed, view: View, width: number, height: number, sx: number, sy: number, labels: readonly Label[]): { assembly: number; protein: number; node: number } {
  const label = labels.find((one) => sx >= one.x0 && sx <= one.x1 && sy >= one.y0 && sy <= one.y1);
  if (label) return { assembly: label.row, protein: -1, node: p.assembly.indexOf(label.row) };
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
