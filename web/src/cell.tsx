// The cell view: assemblies as circles in circles, to be zoomed, pointed at and walked by keys.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { SaveButtons, useDrawing, useSize } from "./canvas";
import type { Atlas } from "./data";
import { whole } from "./format";
import type { Label } from "./labels";
import { packed, type Packed } from "./pack";
import type { Pen, Theme } from "./pen";
import { address, go, parse, replaceQuery } from "./route";
import { drawCell, hit, type Marks, type View } from "./scene";

const kept = new WeakMap<Atlas, Promise<Packed>>();

/** Pack the circles in a worker; in the page where none can be had. */
export function packOf(atlas: Atlas): Promise<Packed> {
  const known = kept.get(atlas);
  if (known) return known;
  const wanted = { children: atlas.cols.children, parent: atlas.cols.parent, ptr: atlas.ptr, idx: atlas.idx };
  const found = new Promise<Packed>((done) => {
    const here = () => done(packed(wanted));
    try {
      const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
      const worker = new Worker(url);
      worker.onmessage = (event: MessageEvent<Packed>) => { done(event.data); worker.terminate(); URL.revokeObjectURL(url); };
      worker.onerror = here;
      worker.postMessage(wanted);
    } catch {
      here();
    }
  });
  kept.set(atlas, found);
  return found;
}

export interface CellProps {
  atlas: Atlas; selected: number; protein?: number; onSelect: (row: number) => void;
  marks: Pick<Marks, "color" | "hidden" | "scale" | "paint">; name: string;
  about?: (row: number) => string; // what is written of an assembly that is pointed at, in place of its class
  linked?: boolean; // whether the address holds the place
  shared?: { view: View | null; set: (view: View) => void };
}

export function CellView({ atlas, selected, protein = -1, onSelect, marks, name, about, linked, shared }: CellProps) {
  const [mount, size] = useSize();
  const [p, setPacked] = useState<Packed | null>(null);
  const [view, setView] = useState<View | null>(null);
  const [hover, setHover] = useState<{ row: number; protein: number; x: number; y: number } | null>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean; pinch: number } | null>(null);
  const labels = useRef<Label[]>([]);
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  useEffect(() => { void packOf(atlas).then((found) => { setPacked(found); document.body.dataset.cell = "ready"; }); }, [atlas]);

  const whole_ = useMemo<View>(() => ({ x: 500, y: 500, k: Math.max(Math.min(size.width, size.height) - 8, 50) / 1000 }), [size.width, size.height]);
  const at = shared?.view ?? view ?? whole_;
  const move = (next: View) => {
    const k = Math.max(whole_.k * 0.8, Math.min(next.k, whole_.k * 4000));
    const bounded = { x: Math.max(0, Math.min(next.x, 1000)), y: Math.max(0, Math.min(next.y, 1000)), k };
    if (shared) shared.set(bounded); else setView(bounded);
  };
  const settle = useRef(0);
  useEffect(() => {
    if (!linked || !view) return;
    clearTimeout(settle.current);
    settle.current = window.setTimeout(() => {
      if (parse(location.hash).view === "c") replaceQuery({ x: view.x.toFixed(1), y: view.y.toFixed(1), z: (view.k / whole_.k).toFixed(2) });
    }, 300);
    return () => clearTimeout(settle.current);
  }, [view]);
  useEffect(() => {
    if (!linked || !size.width) return;
    const { query } = parse(location.hash);
    const [x, y, z] = ["x", "y", "z"].map((key) => Number(query.get(key)));
    if (query.get("z") && [x, y, z].every((v) => Number.isFinite(v))) setView({ x: x!, y: y!, k: z! * whole_.k });
  }, [size.width > 0]);

  const places = (row: number) => (p ? Array.from(p.assembly.keys()).filter((k) => p.assembly[k] === row) : []);
  const zoomTo = (row: number) => {
    if (!p || !size.width) return;
    const node = p.assembly.indexOf(row);
    if (node < 0) return;
    const k = Math.min(size.width, size.height) / (2.3 * p.r[node]!);
    move({ x: p.x[node]!, y: p.y[node]!, k });
  };
  useEffect(() => {
    if (!p || selected < 0 || !size.width || shared) return;
    const node = p.assembly.indexOf(selected);
    if (node < 0) return;
    const r = p.r[node]! * at.k;
    const sx = (p.x[node]! - at.x) * at.k + size.width / 2;
    const sy = (p.y[node]! - at.y) * at.k + size.height / 2;
    const seen = r > 14 && sx > 0 && sy > 0 && sx < size.width && sy < size.height;
    if (!seen) move({ x: p.x[node]!, y: p.y[node]!, k: Math.min(size.width, size.height) / (7 * p.r[node]!) });
  }, [selected, p, size.width]);

  const all: Marks = { ...marks, selected, hovered: hover?.row ?? -1, protein: hover && hover.protein >= 0 ? hover.protein : protein };
  const paint = (pen: Pen, colours: Theme) => {
    if (!p) { pen.text(size.width / 2, size.height / 2, "Arranging the cell …", { size: 14, color: colours.soft }); return; }
    const began = performance.now();
    labels.current = drawCell(pen, atlas, p, at, size.width, size.height, all, colours);
    document.body.dataset.frame = (performance.now() - began).toFixed(1);
  };
  const { ref, now } = useDrawing(size, paint, [p, at.x, at.y, at.k, selected, protein, hover?.row, hover?.protein, marks.color, marks.hidden, marks.paint]);
  useEffect(() => { if (shared) now(); }, [shared?.view]);

  const local = (event: { clientX: number; clientY: number }) => {
    const box = ref.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const zoomAt = (x: number, y: number, factor: number) => {
    const px = (x - size.width / 2) / at.k + at.x;
    const py = (y - size.height / 2) / at.k + at.y;
    const k = Math.max(whole_.k * 0.8, Math.min(at.k * factor, whole_.k * 4000));
    move({ k, x: px - (x - size.width / 2) / k, y: py - (y - size.height / 2) / k });
  };
  const wheel = useRef((_: WheelEvent) => {});
  wheel.current = (event) => {
    event.preventDefault();
    const { x, y } = local(event);
    zoomAt(x, y, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)));
  };
  useEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    const turned = (event: WheelEvent) => wheel.current(event);
    canvas.addEventListener("wheel", turned, { passive: false });
    return () => canvas.removeEventListener("wheel", turned);
  }, []);
  const down = (event: PointerEvent) => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, local(event));
    drag.current = { ...local(event), moved: false, pinch: spread(fingers.current) };
  };
  const moved = (event: PointerEvent) => {
    const here = local(event);
    if (!drag.current || !fingers.current.has(event.pointerId)) {
      if (!p || event.pointerType === "touch") return;
      const found = hit(p, at, size.width, size.height, here.x, here.y, labels.current);
      setHover(found.assembly > 0 || found.protein >= 0 ? { row: found.assembly, protein: found.protein, ...here } : null);
      return;
    }
    fingers.current.set(event.pointerId, here);
    const pinch = spread(fingers.current);
    if (fingers.current.size > 1 && pinch && drag.current.pinch) {
      zoomAt(here.x, here.y, pinch / drag.current.pinch);
      drag.current = { ...here, moved: true, pinch };
      return;
    }
    const [dx, dy] = [here.x - drag.current.x, here.y - drag.current.y];
    if (!drag.current.moved && Math.hypot(dx, dy) < 4) return;
    setHover(null);
    move({ ...at, x: at.x - dx / at.k, y: at.y - dy / at.k });
    drag.current = { ...here, moved: true, pinch };
  };
  const upped = (event: PointerEvent) => {
    fingers.current.delete(event.pointerId);
    const was = drag.current;
    if (!fingers.current.size) drag.current = null;
    if (!was || was.moved || !p) return;
    const here = local(event);
    const found = hit(p, at, size.width, size.height, here.x, here.y, labels.current);
    if (found.protein >= 0 && found.assembly === selected) go(address("p", atlas.core.sym[found.protein]));
    else onSelect(found.assembly > 0 ? found.assembly : -1);
  };
  const doubled = (event: MouseEvent) => {
    if (!p) return;
    const here = local(event);
    const found = hit(p, at, size.width, size.height, here.x, here.y, labels.current);
    if (found.assembly >= 0) zoomTo(found.assembly);
  };
  const keyed = (event: KeyboardEvent) => {
    const { children, parent } = atlas.cols;
    const bySize = (rows: number[]) => [...rows].sort((a, b) => atlas.cols.size[b]! - atlas.cols.size[a]!);
    const from = Math.max(selected, 0);
    const siblings = from > 0 ? bySize(children[parent[from]!]!) : [0];
    const sibling = (step: number) => siblings[(siblings.indexOf(from) + step + siblings.length) % siblings.length]!;
    const steps: Record<string, () => void> = {
      ArrowDown: () => { const first = bySize(children[from]!)[0]; if (first !== undefined) onSelect(first); },
      ArrowUp: () => { if (from > 0) onSelect(parent[from]! > 0 ? parent[from]! : -1); },
      ArrowLeft: () => { if (from > 0) onSelect(sibling(-1)); },
      ArrowRight: () => { if (from > 0) onSelect(sibling(1)); },
      Enter: () => { if (selected > 0) go(address("a", atlas.address(selected))); },
      " ": () => { if (selected > 0) zoomTo(selected); },
      Escape: () => { if (view && at.k > whole_.k) move(whole_); else onSelect(-1); },
      "+": () => zoomAt(size.width / 2, size.height / 2, 1.4),
      "-": () => zoomAt(size.width / 2, size.height / 2, 1 / 1.4),
    };
    const step = steps[event.key];
    if (step) { event.preventDefault(); step(); }
  };
  const copies = selected > 0 ? places(selected).length : 0;
  return (
    <div class="cellview">
      <div class="stage" ref={mount}>
        <canvas ref={ref} role="img" tabIndex={0} aria-label={`${name}: ${whole(atlas.count - 1)} assemblies as circles in circles`}
          aria-describedby="cell-keys" onPointerDown={down} onPointerMove={moved} onPointerUp={upped}
          onPointerCancel={(e) => { fingers.current.delete(e.pointerId); drag.current = null; }}
          onPointerLeave={() => setHover(null)} onDblClick={doubled} onKeyDown={keyed} />
        {hover && <HoverCard atlas={atlas} {...hover} about={about} size={size} />}
        <span id="cell-keys" class="unseen">Arrow keys go to parts, wholes and neighbours; Enter opens, space zooms, Escape zooms out. The tree shows the same.</span>
      </div>
      <div class="tools">
        <span class="buttons">
          <button type="button" aria-label="Zoom in" onClick={() => zoomAt(size.width / 2, size.height / 2, 1.6)}>+</button>
          <button type="button" aria-label="Zoom out" onClick={() => zoomAt(size.width / 2, size.height / 2, 1 / 1.6)}>−</button>
          <button type="button" onClick={() => move(whole_)}>Whole cell</button>
        </span>
        <SaveButtons name={name} size={size} draw={paint} what="the cell view" />
      </div>
      <p class="unseen" role="status" aria-live="polite">
        {selected > 0 ? `${atlas.cols.name[selected]}, ${atlas.cols.size[selected]} proteins, ${about ? about(selected) : atlas.cols.kind[selected]}${copies > 1 ? `, shown in ${copies} places` : ""}` : ""}
      </p>
    </div>
  );
}

function spread(fingers: Map<number, { x: number; y: number }>): number {
  const [a, b] = [...fingers.values()];
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
}

function HoverCard({ atlas, row, protein, x, y, about, size }: { atlas: Atlas; row: number; protein: number; x: number; y: number; about?: (row: number) => string; size: { width: number; height: number } }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = ref.current!;
    box.style.left = `${Math.max(4, Math.min(x + 14, size.width - box.offsetWidth - 4))}px`;
    box.style.top = `${y + 18 + box.offsetHeight > size.height ? Math.max(4, y - box.offsetHeight - 12) : y + 18}px`;
  });
  const { cols } = atlas;
  return (
    <div class="hovercard" ref={ref}>
      {protein >= 0 && <strong>{atlas.core.sym[protein]}</strong>}
      {row > 0 && (
        <>
          <strong class={protein >= 0 ? "quiet" : ""}>{protein >= 0 ? "in " : ""}{cols.name[row]}</strong>
          <span>{whole(cols.size[row]!)} proteins{!about && cols.kind[row] ? ` · ${cols.kind[row]}` : ""}</span>
          {about && <span>{about(row)}</span>}
          {!about && cols.why[row] && <span class="soft">{cols.why[row]}</span>}
        </>
      )}
    </div>
  );
}
