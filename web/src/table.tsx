// All assemblies as a table: sorted, filtered, downloaded; the choice is in the address.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { CLASSES, evidenceName } from "./colors";
import type { Atlas } from "./data";
import { fixed, small, whole } from "./format";
import { AssemblyLink, Badge, Value } from "./parts";
import { replaceQuery, type Route } from "./route";
import { gmtOf, save, saveTsv } from "./save";

const ROW = 34;
interface Column { key: string; words: string; number: boolean; of: (row: number) => string | number | null; text: (row: number) => string }

function columns(atlas: Atlas): Column[] {
  const { cols } = atlas;
  const numeric = (key: string, words: string, values: (number | null)[], text: (v: number | null) => string): Column => ({ key, words, number: true, of: (r) => values[r] ?? null, text: (r) => text(values[r] ?? null) });
  const found = [
    numeric("size", "Proteins", cols.size, (v) => whole(v ?? 0)),
    { ...numeric("nm", "Diameter", cols.nm, (v) => fixed(v)), text: (r: number) => cols.length[r]! },
    numeric("pers", "Persistence", cols.pers, (v) => whole(v ?? 0)),
  ];
  if (cols.stab.some((v) => v !== null)) found.push(numeric("stab", "Stability", cols.stab, (v) => fixed(v)));
  if (atlas.core.scored) {
    found.push({ key: "term", words: "Closest known set", number: false, of: (r) => cols.term[r]!, text: (r) => cols.term[r] || "–" });
    found.push(numeric("jac", "Jaccard", cols.jac, (v) => fixed(v)));
    found.push(numeric("fdr", "FDR", cols.fdr, small));
  }
  if (cols.sec.some((v) => v !== null)) found.push(numeric("sec", "Co-elution FDR", cols.sec, small));
  for (const one of atlas.evidence) found.push(numeric(`z:${one.key}`, `${evidenceName(one)}, sd`, one.z, (v) => fixed(v, 1)));
  return found;
}

export function Table({ atlas, route }: { atlas: Atlas; route: Route }) {
  const { cols } = atlas;
  const all = useMemo(() => columns(atlas), [atlas]);
  const filter = (route.query.get("q") ?? "").trim().toLowerCase();
  const kind = route.query.get("class") ?? "";
  const sort = route.query.get("sort") ?? "-size";
  const [key, down] = [sort.replace(/^-/, ""), sort.startsWith("-")];
  const rows = useMemo(() => {
    const protein = atlas.protein(filter.toUpperCase());
    const holds = new Set(protein === undefined ? [] : atlas.assembliesOf(protein));
    const found = cols.id.map((_, row) => row).slice(1).filter((row) => (!kind || cols.kind[row] === kind) &&
      (!filter || holds.has(row) || `${cols.name[row]} ${cols.id[row]} ${cols.term[row]}`.toLowerCase().includes(filter)));
    const column = all.find((one) => one.key === key);
    const value = column ? column.of : (row: number) => cols.name[row]!.toLowerCase();
    return found.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === y) return a - b;
      if (x === null || x === "") return 1;
      if (y === null || y === "") return -1;
      return (x < y ? -1 : 1) * (down ? -1 : 1);
    });
  }, [atlas, filter, kind, sort]);
  const ref = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const box = ref.current!;
    const watching = new ResizeObserver(() => setHeight(box.clientHeight));
    watching.observe(box);
    return () => watching.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top / ROW) - 10);
  const shown = rows.slice(first, first + Math.ceil(height / ROW) + 20);
  const sorted = (name: string) => replaceQuery({ sort: key === name ? (down ? name : `-${name}`) : name === "name" || name === "term" ? name : `-${name}` });
  const header = (name: string, words: string, number: boolean) => (
    <th key={name} scope="col" aria-sort={key === name ? (down ? "descending" : "ascending") : "none"} class={number ? "n" : ""}>
      <button type="button" onClick={() => sorted(name)}>{words}<span aria-hidden="true">{key === name ? (down ? " ▾" : " ▴") : ""}</span></button>
    </th>
  );
  const download = () => saveTsv("assemblies", ["id", "name", "class", ...all.map((c) => c.key), "parents", "members"], rows.map((row) => [cols.id[row], cols.name[row], cols.kind[row], ...all.map((c) => c.of(row)),
    cols.parents[row]!.map((p) => cols.id[p]).join("|"), [...atlas.members(row)].map((p) => atlas.core.sym[p]).join(" ")]));
  return (
    <div class="page wide">
      <div class="bar-top">
        <h1>Assemblies</h1>
        <input type="search" aria-label="Filter the table" placeholder="Filter by name, term or protein" value={route.query.get("q") ?? ""} onInput={(e) => replaceQuery({ q: e.currentTarget.value || null })} />
        {atlas.core.scored && <select aria-label="Class" value={kind} onChange={(e) => replaceQuery({ class: e.currentTarget.value || null })}>
          <option value="">all classes</option>{Object.keys(CLASSES).map((one) => <option key={one} value={one}>{one}</option>)}
        </select>}
        <span class="soft" role="status">{whole(rows.length)} of {whole(atlas.count - 1)}</span>
        <span class="buttons"><button type="button" onClick={download}>TSV</button><button type="button" onClick={() => save("assemblies.gmt", gmtOf(atlas, rows), "text/plain")}>GMT</button></span>
      </div>
      <div class="scroller" ref={ref} tabIndex={0} role="region" aria-label="Table of assemblies" onScroll={(e) => setTop(e.currentTarget.scrollTop)}>
        <table class="grid" aria-rowcount={rows.length + 1}>
          <thead><tr>{header("name", "Assembly", false)}{atlas.core.scored && <th scope="col">Class</th>}{all.map((one) => header(one.key, one.words, one.number))}</tr></thead>
          <tbody>
            {first > 0 && <tr aria-hidden="true"><td colSpan={all.length + 2} style={{ height: `${first * ROW}px` }} /></tr>}
            {shown.map((row, k) => (
              <tr key={row} aria-rowindex={first + k + 2} data-row={cols.id[row]}>
                <td class="name"><AssemblyLink atlas={atlas} row={row} /></td>
                {atlas.core.scored && <td><Badge kind={cols.kind[row]!} /></td>}
                {all.map((one) => <td key={one.key} class={one.number ? "n" : "words"}>{one.number ? <Value of={one.key} n={one.of(row) as number | null} text={one.text(row)} /> : one.text(row)}</td>)}
              </tr>
            ))}
            {first + shown.length < rows.length && <tr aria-hidden="true"><td colSpan={all.length + 2} style={{ height: `${(rows.length - first - shown.length) * ROW}px` }} /></tr>}
          </tbody>
        </table>
        {!rows.length && <p class="soft none">No assembly fits. Clear the filter.</p>}
      </div>
    </div>
  );
}
