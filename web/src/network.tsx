// The network of an assembly: who is joined to whom, a line for each kind of evidence.
import { useMemo, useState } from "preact/hooks";
import { SaveButtons, useDrawing, useSize } from "./canvas";
import { evidenceName, lineOf } from "./colors";
import { type Atlas, type Net, u16, u32, u8 } from "./data";
import { whole } from "./format";
import { Boxes, widthOf, type Pen, type Theme } from "./pen";
import { address, go, replaceQuery, type Route } from "./route";

interface Edges { pairs: Uint16Array; weight: Uint8Array; total: number }
interface Drawn { rows: number[]; places: Uint16Array; edges: Map<string, Edges>; proteins: boolean }

export function decoded(net: Net): Drawn {
  const edges = new Map(Object.entries(net.edges).map(([key, one]) => [key, { pairs: u16(one.pairs), weight: u8(one.weight), total: one.total }]));
  return { rows: [...(net.wide ? u32(net.nodes) : u16(net.nodes))], places: u16(net.places), edges, proteins: net.of === "proteins" };
}

export function Network({ atlas, row, net, route }: { atlas: Atlas; row: number; net: Net; route: Route }) {
  const drawn = useMemo(() => decoded(net), [net]);
  const kinds = atlas.evidence.filter((one) => (drawn.edges.get(one.key)?.weight.length ?? 0) > 0);
  const usual = kinds.filter((one) => one.kind !== "fused").map((one) => one.key);
  const asked = route.query.get("mod");
  const on = new Set(asked === null ? (usual.length ? usual : kinds.map((one) => one.key)) : asked.split(","));
  const least = Math.round(255 * Math.max(0, Math.min(Number(route.query.get("min") ?? 0) || 0, 1)));
  const marked = new Set((route.query.get("p") ?? "").split(",").filter(Boolean));
  const [mount, size] = useSize();
  const [hover, setHover] = useState(-1);
  const named = (k: number) => (drawn.proteins ? atlas.core.sym[drawn.rows[k]!]! : atlas.cols.name[drawn.rows[k]!]!);
  const pad = { x: drawn.proteins ? 34 : 70, y: 24 };
  const at = (k: number): [number, number] => [
    pad.x + (drawn.places[2 * k]! / 65535) * (size.width - 2 * pad.x),
    pad.y + (drawn.places[2 * k + 1]! / 65535) * (size.height - 2 * pad.y),
  ];
  const radius = (k: number) => (drawn.proteins ? (drawn.rows.length > 120 ? 3.5 : drawn.rows.length > 40 ? 5 : 7) : Math.max(5, Math.min(24, Math.sqrt(atlas.cols.size[drawn.rows[k]!]!) * 1.1)));
  const joined = useMemo(() => {
    const found = new Set<number>();
    if (hover < 0) return found;
    for (const [key, { pairs, weight }] of drawn.edges) {
      if (!on.has(key)) continue;
      for (let k = 0; k < weight.length; k++) {
        if (weight[k]! < least) continue;
        if (pairs[2 * k] === hover) found.add(pairs[2 * k + 1]!);
        if (pairs[2 * k + 1] === hover) found.add(pairs[2 * k]!);
      }
    }
    return found;
  }, [hover, asked, least, drawn]);
  const paint = (pen: Pen, theme: Theme) => {
    for (const one of [...kinds].reverse()) {
      if (!on.has(one.key)) continue;
      const { pairs, weight } = drawn.edges.get(one.key)!;
      const line = lineOf(one.kind);
      const crowd = weight.length > 400 ? 0.45 : weight.length > 120 ? 0.65 : 1;
      const bins: number[][] = [[], [], [], []];
      for (let k = 0; k < weight.length; k++) {
        if (weight[k]! < least) continue;
        const [a, b] = [pairs[2 * k]!, pairs[2 * k + 1]!];
        const lit = hover >= 0 && (a === hover || b === hover);
        bins[hover >= 0 ? (lit ? 3 : 0) : Math.min(2, Math.floor(weight[k]! / 86))]!.push(...at(a), ...at(b));
      }
      bins.forEach((ends, k) => pen.lines(ends, { color: line.color, dash: line.dash, width: k === 3 ? 2.4 : 0.9 + 0.6 * k, alpha: (k === 3 ? 1 : hover >= 0 ? 0.12 : 0.45 + 0.2 * k) * (k === 3 ? 1 : crowd) }));
    }
    const plain: number[] = [];
    const lit: number[] = [];
    drawn.rows.forEach((_, k) => (marked.has(named(k)) || k === hover ? lit : plain).push(...at(k), radius(k)));
    pen.dots(plain.map((v, k) => (k % 3 === 2 ? v + 1.2 : v)), theme.paper);
    pen.dots(plain, theme.dark ? "#A9B4BF" : "#56636F");
    pen.dots(lit.map((v, k) => (k % 3 === 2 ? v + 2 : v)), theme.accent);
    const boxes = new Boxes();
    const order = drawn.rows.map((_, k) => k).sort((a, b) => score(b) - score(a) || radius(b) - radius(a));
    for (const k of order) {
      const [x, y] = at(k);
      const text = named(k).length > 26 ? `${named(k).slice(0, 25)}…` : named(k);
      const bright = score(k) > 0;
      const weight = bright ? 700 : 400;
      const wide = widthOf(text, 11, weight);
      const r = radius(k);
      const spots: [number, number][] = [[x, y - r - 8], [x, y + r + 9], [x + r + 4 + wide / 2, y], [x - r - 4 - wide / 2, y]];
      for (const [lx, ly] of spots) {
        if (lx - wide / 2 < 1 || lx + wide / 2 > size.width - 1 || ly < 7 || ly > size.height - 7) continue;
        if (!boxes.take(lx - wide / 2 - 1, ly - 6.5, lx + wide / 2 + 1, ly + 6.5)) continue;
        pen.text(lx, ly, text, { size: 11, weight, color: bright ? theme.accent : theme.ink, halo: theme.paper });
        break;
      }
    }
  };
  const score = (k: number) => (k === hover ? 3 : marked.has(named(k)) ? 2 : joined.has(k) ? 1 : 0);
  const { ref } = useDrawing(size, paint, [hover, asked, least, drawn, route.query.get("p")]);
  const nearest = (event: { clientX: number; clientY: number }): number => {
    const box = ref.current!.getBoundingClientRect();
    let best = -1;
    let least_ = 18;
    drawn.rows.forEach((_, k) => {
      const [x, y] = at(k);
      const far = Math.hypot(x - (event.clientX - box.left), y - (event.clientY - box.top)) - radius(k);
      if (far < least_) { least_ = far; best = k; }
    });
    return best;
  };
  const open = (k: number) => { if (k >= 0) go(drawn.proteins ? address("p", named(k)) : address("a", atlas.address(drawn.rows[k]!))); };
  const toggle = (key: string) => {
    const next = new Set(on);
    if (!next.delete(key)) next.add(key);
    replaceQuery({ mod: kinds.map((one) => one.key).filter((one) => next.has(one)).join(",") || "none" });
  };
  const counted = (key: string) => { const e = drawn.edges.get(key)!; let n = 0; for (const w of e.weight) if (w >= least) n++; return n; };
  return (
    <div class="network">
      <div class="stage" ref={mount}>
        <canvas ref={ref} role="img" tabIndex={0} aria-label={`Network of ${drawn.rows.length} ${drawn.proteins ? "proteins" : "assemblies"} of ${atlas.cols.name[row]}`} aria-describedby="net-keys"
          onPointerMove={(e) => setHover(nearest(e))} onPointerLeave={() => setHover(-1)} onClick={(e) => open(nearest(e))}
          onKeyDown={(e) => {
            if (e.key === "ArrowRight" || e.key === "ArrowDown") setHover((hover + 1) % drawn.rows.length);
            else if (e.key === "ArrowLeft" || e.key === "ArrowUp") setHover((hover - 1 + drawn.rows.length) % drawn.rows.length);
            else if (e.key === "Enter") open(hover);
            else if (e.key === "Escape") setHover(-1);
            else return;
            e.preventDefault();
          }} />
        <span id="net-keys" class="unseen">Arrow keys go from one to the next, Enter opens it. The table of members lists the same.</span>
        <p class="unseen" role="status">{hover >= 0 ? `${named(hover)}, joined to ${joined.size}` : ""}</p>
      </div>
      <div class="tools wrap">
        {kinds.map((one) => (
          <label key={one.key} class="evidence" data-kind={one.key}>
            <input type="checkbox" checked={on.has(one.key)} onChange={() => toggle(one.key)} />
            <svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" stroke={lineOf(one.kind).color} stroke-width="2.5" stroke-dasharray={lineOf(one.kind).dash.join(" ")} /></svg>
            {evidenceName(one)} <span class="soft">{whole(counted(one.key))}{drawn.edges.get(one.key)!.total > drawn.edges.get(one.key)!.weight.length ? ` strongest of ${whole(drawn.edges.get(one.key)!.total)}` : ""}</span>
          </label>
        ))}
        <label>At least <input type="range" min="0" max="1" step="0.05" value={String(least / 255)} aria-label="Least strength" onInput={(e) => replaceQuery({ min: e.currentTarget.value === "0" ? null : e.currentTarget.value })} /></label>
        <span class="grow" />
        <SaveButtons name={`${atlas.cols.id[row]}_network`} size={size} draw={paint} what="the network" />
      </div>
    </div>
  );
}

/** The pairs of the network by name, for a table and for tests. */
export function edgesOf(atlas: Atlas, net: Net, key: string): [string, string][] {
  const drawn = decoded(net);
  const one = drawn.edges.get(key);
  const name = (k: number) => (drawn.proteins ? atlas.core.sym[drawn.rows[k]!]! : atlas.cols.id[drawn.rows[k]!]!);
  return one ? Array.from(one.weight, (_, k) => [name(one.pairs[2 * k]!), name(one.pairs[2 * k + 1]!)] as [string, string]) : [];
}

