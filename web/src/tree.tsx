// The hierarchy as an indented tree that is opened by name; only rows in sight are made.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { evidenceName } from "./colors";
import type { Atlas } from "./data";
import { whole } from "./format";
import { Bars } from "./parts";
import { address, go, replaceQuery, type Route } from "./route";

const ROW = 32;
interface Line { row: number; depth: number; open: boolean; parts: number; key: string; place: number; among: number }

export function Tree({ atlas, route }: { atlas: Atlas; route: Route }) {
  const filter = (route.query.get("q") ?? "").trim().toLowerCase();
  const { cols } = atlas;
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(["0"]));
  const [focus, setFocus] = useState("0");
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const ref = useRef<HTMLDivElement>(null);
  const matched = useMemo(() => {
    if (!filter) return null;
    const hits = new Set<number>();
    const wanted = atlas.protein(filter.toUpperCase());
    const holds = new Set(wanted === undefined ? [] : atlas.assembliesOf(wanted));
    cols.name.forEach((name, row) => {
      if (holds.has(row) || `${name} ${cols.id[row]} ${cols.term[row]}`.toLowerCase().includes(filter)) hits.add(row);
    });
    const kept = new Set<number>(hits);
    const climb = (row: number) => { for (const up of cols.parents[row]!) if (!kept.has(up)) { kept.add(up); climb(up); } };
    for (const row of hits) climb(row);
    return { hits, kept };
  }, [filter, atlas]);
  const lines = useMemo(() => {
    const found: Line[] = [];
    const walk = (row: number, depth: number, key: string, place: number, among: number) => {
      const parts = cols.children[row]!.filter((c) => !matched || matched.kept.has(c)).sort((a, b) => cols.size[b]! - cols.size[a]!);
      const isOpen = parts.length > 0 && (open.has(key) || (matched !== null && parts.some((c) => matched.kept.has(c)) && !open.has(`-${key}`)));
      found.push({ row, depth, open: isOpen, parts: parts.length, key, place, among });
      if (isOpen) parts.forEach((c, k) => walk(c, depth + 1, `${key}/${c}`, k + 1, parts.length));
    };
    walk(0, 0, "0", 1, 1);
    return found;
  }, [atlas, open, matched]);
  useEffect(() => {
    const box = ref.current!;
    const measure = () => setHeight(box.clientHeight);
    measure();
    const watching = new ResizeObserver(measure);
    watching.observe(box);
    return () => watching.disconnect();
  }, []);
  const toggle = (line: Line) => {
    const next = new Set(open);
    if (line.open) { next.delete(line.key); next.add(`-${line.key}`); } else { next.add(line.key); next.delete(`-${line.key}`); }
    setOpen(next);
  };
  const at = Math.max(0, lines.findIndex((line) => line.key === focus));
  const goTo = (k: number) => {
    const line = lines[Math.max(0, Math.min(k, lines.length - 1))]!;
    setFocus(line.key);
    const box = ref.current!;
    const y = lines.indexOf(line) * ROW;
    if (y < box.scrollTop) box.scrollTop = y;
    else if (y + ROW > box.scrollTop + box.clientHeight) box.scrollTop = y + ROW - box.clientHeight;
    requestAnimationFrame(() => box.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  };
  const keyed = (event: KeyboardEvent) => {
    const line = lines[at]!;
    if (event.key === "ArrowDown") goTo(at + 1);
    else if (event.key === "ArrowUp") goTo(at - 1);
    else if (event.key === "ArrowRight") { if (!line.open && line.parts) toggle(line); else if (line.parts) goTo(at + 1); }
    else if (event.key === "ArrowLeft") { if (line.open) toggle(line); else goTo(lines.findIndex((l) => l.key === line.key.split("/").slice(0, -1).join("/"))); }
    else if (event.key === "Home") goTo(0);
    else if (event.key === "End") goTo(lines.length - 1);
    else if (event.key === "Enter") { if (line.row) go(address("a", atlas.address(line.row))); }
    else return;
    event.preventDefault();
  };
  const first = Math.max(0, Math.floor(top / ROW) - 8);
  const shown = lines.slice(first, Math.ceil((top + height) / ROW) + 8);
  return (
    <div class="page wide tree-page">
      <div class="bar-top">
        <h1>Tree</h1>
        <input type="search" aria-label="Filter the tree" placeholder="Filter by name, term or protein" value={route.query.get("q") ?? ""} onInput={(e) => replaceQuery({ q: e.currentTarget.value || null })} />
        <span class="soft" role="status">{matched ? `${whole(matched.hits.size)} of ${whole(atlas.count - 1)} assemblies` : `${whole(atlas.count - 1)} assemblies`}</span>
        <button type="button" onClick={() => setOpen(new Set(["0"]))}>Close all</button>
      </div>
      <div class="tree-head" aria-hidden="true"><span>Assembly</span><span>Proteins</span><span>Size</span><span title={atlas.evidence.map(evidenceName).join(", ")}>Evidence above chance</span></div>
      <div class="tree" role="tree" aria-label="Assemblies" ref={ref} onScroll={(e) => setTop(e.currentTarget.scrollTop)} onKeyDown={keyed}>
        <div class="tree-all" role="presentation" style={{ height: `${lines.length * ROW}px` }}>
          {shown.map((line, k) => (
            <div key={line.key} role="treeitem" aria-level={line.depth + 1} aria-posinset={line.place} aria-setsize={line.among} aria-expanded={line.parts ? line.open : undefined}
              aria-selected={lines[at] === line} tabIndex={lines[at] === line ? 0 : -1} class={matched && matched.hits.has(line.row) ? "hit" : ""} style={{ top: `${(first + k) * ROW}px` }}
              onClick={() => { setFocus(line.key); if (line.parts) toggle(line); }} onDblClick={() => { if (line.row) go(address("a", atlas.address(line.row))); }}>
              <span class="name" style={{ paddingLeft: `${line.depth * 18}px` }}>
                <span class={`twist ${line.parts ? (line.open ? "open" : "shut") : ""}`} aria-hidden="true" />
                <span class={`dot ${cols.kind[line.row] ?? ""}`} aria-hidden="true" />
                <a tabIndex={-1} href={line.row ? address("a", atlas.address(line.row)) : "#/c"} onClick={(e) => e.stopPropagation()} class={cols.known[line.row] ? "" : "unnamed"}>{cols.name[line.row]}</a>
              </span>
              <span class="n">{whole(cols.size[line.row]!)}</span>
              <span class="n soft">{cols.length[line.row]}</span>
              {line.row > 0 ? <Bars atlas={atlas} row={line.row} /> : <span />}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
