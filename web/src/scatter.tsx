// Proteins on a plane in which near neighbours stay near; a lasso makes a list of them.
import { useMemo, useRef, useState } from "preact/hooks";
import { SaveButtons, useDrawing, useSize } from "./canvas";
import { evidenceName, lineOf } from "./colors";
import type { Atlas } from "./data";
import { cut, whole } from "./format";
import { AssemblyLink, CopyButton, ProteinLink } from "./parts";
import { Boxes, widthOf, type Pen, type Theme } from "./pen";
import { address, go, replaceQuery, type Route } from "./route";
import { saveTsv } from "./save";

const PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BB1", "#7F5539", "#B2A100", "#444444"];

export function Scatter({ atlas, route }: { atlas: Atlas; route: Route }) {
  const [mount, size] = useSize();
  const [view, setView] = useState({ x: 0.5, y: 0.5, k: 1 });
  const [hover, setHover] = useState(-1);
  const [lasso, setLasso] = useState<number[]>([]);
  const [chosen, setChosen] = useState<number[]>([]);
  const [lassoing, setLassoing] = useState(false);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const color = route.query.get("color") ?? "top";
  const focus = atlas.assembly(route.query.get("a") ?? "") ?? -1;
  const places = atlas.umap!;
  const extent = useMemo(() => { let [w, h] = [1, 1]; for (let k = 0; k < places.length; k += 2) { w = Math.max(w, places[k]!); h = Math.max(h, places[k + 1]!); } return { w, h }; }, [places]);
  const { cols } = atlas;
  const groups = useMemo(() => {
    const of = new Int16Array(atlas.core.n).fill(-1);
    let names: { words: string; row: number; color: string }[] = [];
    const draw = (rows: number[]) => {
      names = rows.map((row, k) => ({ words: cols.name[row]!, row, color: PALETTE[k % PALETTE.length]! }));
      rows.forEach((row, k) => { for (const p of atlas.members(row)) of[p] = k; });
    };
    if (focus > 0) draw([focus]);
    else if (color === "top") {
      const rows = cols.id.map((_, row) => row).slice(1).filter((row) => cols.size[row]! <= atlas.core.n / 4 && cols.size[row]! >= Math.max(8, atlas.core.n / 400));
      const taken = new Set<number>();
      const best = rows.sort((a, b) => cols.known[b]! - cols.known[a]! || cols.size[b]! - cols.size[a]!).filter((row) => {
        const members = [...atlas.members(row)];
        if (members.filter((p) => taken.has(p)).length > members.length / 5) return false;
        members.forEach((p) => taken.add(p));
        return true;
      }).slice(0, PALETTE.length);
      draw(best);
    } else {
      const one = atlas.evidence.find((e) => e.key === color);
      if (one) {
        names = [{ words: `has ${evidenceName(one)}`, row: -1, color: lineOf(one.kind).color }];
        one.present.forEach((has, p) => { if (has) of[p] = 0; });
      }
    }
    return { of, names };
  }, [atlas, color, focus]);
  const scale = Math.min((size.width - 40) / extent.w, (size.height - 40) / extent.h);
  const at = (p: number): [number, number] => [
    (places[2 * p]! - view.x * extent.w) * scale * view.k + size.width / 2,
    (view.y * extent.h - places[2 * p + 1]!) * scale * view.k + size.height / 2,
  ];
  const radius = Math.max(1.6, Math.min(2.4 * Math.sqrt(view.k), 7));
  const paint = (pen: Pen, theme: Theme) => {
    const bins: number[][] = [[], ...groups.names.map(() => [])];
    for (let p = 0; p < atlas.core.n; p++) {
      const [x, y] = at(p);
      if (x < -9 || y < -9 || x > size.width + 9 || y > size.height + 9) continue;
      bins[groups.of[p]! + 1]!.push(x, y, groups.of[p]! < 0 ? radius * 0.8 : radius);
    }
    pen.dots(bins[0]!, theme.dark ? "rgba(150,160,170,.35)" : "rgba(120,132,144,.30)");
    groups.names.forEach((one, k) => pen.dots(bins[k + 1]!, one.color));
    if (chosen.length) pen.dots(chosen.flatMap((p) => [...at(p), radius + 1.2]), theme.accent);
    if (lasso.length > 2) pen.shape(lasso, null, { color: theme.accent, width: 1.5, dash: [4, 3] });
    const boxes = new Boxes();
    const name = (p: number, bold: boolean) => {
      const [x, y] = at(p);
      const wide = widthOf(atlas.core.sym[p]!, 11, bold ? 700 : 400);
      if (x < 0 || y < 0 || x > size.width || y > size.height) return;
      if (boxes.take(x + radius + 2, y - 7, x + radius + 4 + wide, y + 7)) pen.text(x + radius + 3, y, atlas.core.sym[p]!, { size: 11, weight: bold ? 700 : 400, anchor: "start", color: theme.ink, halo: theme.paper });
    };
    groups.names.forEach((one, k) => {
      if (one.row < 0 || view.k > 6) return;
      const own = [...atlas.members(one.row)].filter((p) => groups.of[p] === k).map(at);
      if (!own.length) return;
      const middle = (axis: 0 | 1) => own.map((place) => place[axis]).sort((a, b) => a - b)[own.length >> 1]!;
      const words = cut(one.words, 30);
      const wide = widthOf(words, 12, 600);
      const x = Math.max(wide / 2 + 4, Math.min(middle(0), size.width - wide / 2 - 4));
      for (const y of [middle(1) - 16, middle(1) + 18]) {
        if (boxes.take(x - wide / 2 - 2, y - 8, x + wide / 2 + 2, y + 8)) { pen.text(x, y, words, { size: 12, weight: 600, color: theme.ink, halo: theme.paper }); break; }
      }
    });
    if (hover >= 0) { pen.dots([...at(hover), radius + 3], theme.accent); name(hover, true); }
    if (view.k > 6) for (let p = 0; p < atlas.core.n; p++) name(p, false);
  };
  const { ref } = useDrawing(size, paint, [view, groups, hover, lasso, chosen]);
  const local = (event: { clientX: number; clientY: number }) => { const box = ref.current!.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };
  const near = (x: number, y: number) => {
    let [best, least] = [-1, 10];
    for (let p = 0; p < atlas.core.n; p++) { const [px, py] = at(p); const far = Math.hypot(px - x, py - y); if (far < least) { best = p; least = far; } }
    return best;
  };
  const zoom = (factor: number, x = size.width / 2, y = size.height / 2) => {
    const k = Math.max(0.8, Math.min(view.k * factor, 60));
    const px = (x - size.width / 2) / (scale * extent.w);
    const py = (y - size.height / 2) / (scale * extent.h);
    setView({ k, x: view.x + px / view.k - px / k, y: view.y - py / view.k + py / k });
  };
  const inside = (polygon: number[]) => {
    const found: number[] = [];
    for (let p = 0; p < atlas.core.n; p++) {
      const [x, y] = at(p);
      let odd = false;
      for (let a = 0, b = polygon.length - 2; a < polygon.length; b = a, a += 2) {
        const [ax, ay, bx, by] = [polygon[a]!, polygon[a + 1]!, polygon[b]!, polygon[b + 1]!];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
      }
      if (odd) found.push(p);
    }
    return found;
  };
  return (
    <div class="start scatter">
      <div class="cellview">
        <div class="stage" ref={mount}>
          <canvas ref={ref} role="img" tabIndex={0} aria-label={`${whole(atlas.core.n)} proteins, near ones alike`} aria-describedby="scatter-what"
            onWheel={(e) => { e.preventDefault(); const { x, y } = local(e); zoom(Math.exp(-e.deltaY * 0.0016), x, y); }}
            onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); const h = local(e); drag.current = { ...h, moved: false }; if (lassoing || e.shiftKey) setLasso([h.x, h.y]); }}
            onPointerMove={(e) => {
              const h = local(e);
              if (!drag.current) { setHover(near(h.x, h.y)); return; }
              if (lasso.length) { drag.current.moved = true; setLasso([...lasso, h.x, h.y]); return; }
              const [dx, dy] = [h.x - drag.current.x, h.y - drag.current.y];
              if (!drag.current.moved && Math.hypot(dx, dy) < 4) return;
              drag.current = { ...h, moved: true };
              setView({ ...view, x: view.x - dx / (scale * view.k * extent.w), y: view.y + dy / (scale * view.k * extent.h) });
            }}
            onPointerUp={() => {
              const was = drag.current;
              drag.current = null;
              if (lasso.length > 5) { setChosen(inside(lasso)); setLassoing(false); } else if (was && !was.moved && hover >= 0) go(address("p", atlas.core.sym[hover]));
              setLasso([]);
            }}
            onPointerLeave={() => setHover(-1)}
            onKeyDown={(e) => {
              const step = 0.1 / view.k;
              const moves: Record<string, () => void> = { "+": () => zoom(1.4), "-": () => zoom(1 / 1.4), ArrowLeft: () => setView({ ...view, x: view.x - step }), ArrowRight: () => setView({ ...view, x: view.x + step }), ArrowUp: () => setView({ ...view, y: view.y + step }), ArrowDown: () => setView({ ...view, y: view.y - step }), Escape: () => { setView({ x: 0.5, y: 0.5, k: 1 }); setChosen([]); } };
              const move = moves[e.key];
              if (move) { e.preventDefault(); move(); }
            }} />
          <span id="scatter-what" class="unseen">Plus and minus zoom, arrow keys move. Every protein is found by the search box too.</span>
        </div>
        <div class="tools wrap">
          <span class="buttons"><button type="button" aria-label="Zoom in" onClick={() => zoom(1.6)}>+</button><button type="button" aria-label="Zoom out" onClick={() => zoom(1 / 1.6)}>−</button><button type="button" onClick={() => setView({ x: 0.5, y: 0.5, k: 1 })}>All</button></span>
          <button type="button" aria-pressed={lassoing} onClick={() => setLassoing(!lassoing)}>Lasso</button>
          <span class="grow" />
          <SaveButtons name="proteins" size={size} draw={paint} what="the plane" />
        </div>
      </div>
      <aside class="panel" aria-label="About the plane">
        <p class="lead">Each dot is a protein; near neighbours are alike in all measurements together. Distances between far groups mean nothing.</p>
        <label>Colour <select value={color} onChange={(e) => replaceQuery({ color: e.currentTarget.value === "top" ? null : e.currentTarget.value, a: null })}>
          <option value="top">Assemblies that share few members</option>
          {atlas.evidence.filter((one) => one.kind !== "fused").map((one) => <option key={one.key} value={one.key}>Measured: {evidenceName(one)}</option>)}
        </select></label>
        <ul class="key">{groups.names.map((one) => <li key={one.row}><i class="round" style={{ backgroundColor: one.color }} />{one.row >= 0 ? <AssemblyLink atlas={atlas} row={one.row} /> : one.words}{one.row >= 0 && <span class="soft"> {whole(cols.size[one.row]!)}</span>}</li>)}</ul>
        {chosen.length > 0 && (
          <section aria-labelledby="chosen-h">
            <h2 id="chosen-h">{whole(chosen.length)} chosen</h2>
            <p class="buttons"><CopyButton text={() => chosen.map((p) => atlas.core.sym[p]).join("\n")}>Copy list</CopyButton>
              <button type="button" onClick={() => saveTsv("chosen_proteins", ["protein", "smallest_assembly"], chosen.map((p) => [atlas.core.sym[p], cols.id[atlas.assembliesOf(p)[0] ?? 0]]))}>TSV</button>
              <button type="button" onClick={() => setChosen([])}>Clear</button></p>
            <p class="members">{chosen.slice(0, 200).map((p, k) => <span key={p}>{k ? ", " : ""}<ProteinLink name={atlas.core.sym[p]!} /></span>)}{chosen.length > 200 ? " …" : ""}</p>
          </section>
        )}
      </aside>
    </div>
  );
}
