// The first view: the cell, and next to it lists of where to begin.
import { useMemo, useState } from "preact/hooks";
import { CellView } from "./cell";
import { CLASSES, lineOf, scales, strongest, evidenceName } from "./colors";
import type { Atlas } from "./data";
import { fixed, small, unsized, whole } from "./format";
import { AssemblyLink, Badge, Bars, Id, Value } from "./parts";
import { address, replaceQuery, type Route } from "./route";

const LISTED = 6;

/** Assemblies that a reader may begin with, each known set once. */
function closest(atlas: Atlas): number[] {
  const { cols } = atlas;
  const seen = new Set<string>();
  return cols.id.map((_, row) => row).slice(1)
    .filter((row) => cols.known[row] && cols.jac[row] !== null)
    .sort((a, b) => cols.jac[b]! - cols.jac[a]! || cols.size[b]! - cols.size[a]!)
    .filter((row) => !seen.has(unsized(cols.name[row]!)) && seen.add(unsized(cols.name[row]!))).slice(0, LISTED);
}

/** Unknown assemblies with several kinds of evidence, the surest first. */
function fresh(atlas: Atlas): number[] {
  const { cols } = atlas;
  const kinds = atlas.evidence.filter((one) => one.kind !== "fused");
  const several = (row: number) => kinds.filter((one) => (one.z[row] ?? 0) > 3).length;
  const evidence = (row: number) => several(row) + (cols.stab[row] ?? 0.5) + ((cols.sec[row] ?? 1) < 0.05 ? 1 : 0);
  const most = Math.max(...cols.size.slice(1), 1);
  return cols.id.map((_, row) => row).slice(1)
    .filter((row) => cols.kind[row] !== "documented" && !cols.known[row] && cols.size[row]! < most / 4 && (cols.jac[row] ?? 0) < 0.2)
    .sort((a, b) => evidence(b) - evidence(a) || cols.pers[b]! - cols.pers[a]!).slice(0, LISTED);
}

export function Start({ atlas, route }: { atlas: Atlas; route: Route }) {
  const selected = atlas.assembly(route.query.get("s") ?? "") ?? -1;
  const color = route.query.get("color") ?? "class";
  const [hidden, hide] = useState<ReadonlySet<string>>(new Set());
  const numeric = useMemo(() => scales(atlas), [atlas]);
  const scale = numeric.find((one) => one.key === color) ?? null;
  const marks = { color, hidden, scale };
  const select = (row: number) => replaceQuery({ s: row > 0 ? atlas.address(row) : null });
  return (
    <div class="start">
      <CellView atlas={atlas} selected={selected} onSelect={select} marks={marks} name="The cell" linked />
      <aside class="panel" aria-label="About the map">
        {selected > 0 ? <Chosen atlas={atlas} row={selected} close={() => select(-1)} /> : <About atlas={atlas} />}
        <Legend atlas={atlas} color={color} hidden={hidden} hide={hide} />
        {selected <= 0 && <Lists atlas={atlas} />}
      </aside>
    </div>
  );
}

function About({ atlas }: { atlas: Atlas }) {
  const placed = useMemo(() => { let k = 0; for (let p = 0; p < atlas.core.n; p++) if (atlas.assembliesOf(p).length) k++; return k; }, [atlas]);
  return (
    <p class="lead">
      <b>{whole(placed)}</b> of {whole(atlas.core.n)} proteins in <b>{whole(atlas.count - 1)}</b> assemblies, from complexes of a few to whole
      compartments. A circle is an assembly; circles inside it are its parts.
    </p>
  );
}

function Chosen({ atlas, row, close }: { atlas: Atlas; row: number; close: () => void }) {
  const { cols } = atlas;
  const best = strongest(atlas, row);
  return (
    <section class="chosen" aria-label="Chosen assembly">
      <div class="head"><h2>{cols.name[row]}</h2><button type="button" class="close" aria-label="Close" onClick={close}>×</button></div>
      <p class="facts"><Value of="size" n={cols.size[row]} text={whole(cols.size[row]!)} /> proteins <Badge kind={cols.kind[row]!} /> <Id atlas={atlas} row={row} /></p>
      {cols.why[row] && <p class="soft">{cols.why[row]}</p>}
      <p>{best ? <>Strongest evidence: <b class="evidence"><i style={{ backgroundColor: lineOf(best.kind).color }} />{evidenceName(best)}</b>.</> : "No single measurement is above chance."} <Bars atlas={atlas} row={row} /></p>
      <p class="members">{[...atlas.members(row)].slice(0, 40).map((p) => atlas.core.sym[p]).join(", ")}{cols.size[row]! > 40 ? " …" : ""}</p>
      <p><a class="button" href={address("a", atlas.address(row))}>Open the evidence</a></p>
      {cols.children[row]!.length > 0 && <p class="soft">Parts: {cols.children[row]!.slice(0, 8).map((c, k) => <span key={c}>{k ? " · " : ""}<AssemblyLink atlas={atlas} row={c} /></span>)}</p>}
    </section>
  );
}

function Legend({ atlas, color, hidden, hide }: { atlas: Atlas; color: string; hidden: ReadonlySet<string>; hide: (h: ReadonlySet<string>) => void }) {
  const numeric = scales(atlas);
  const scale = numeric.find((one) => one.key === color);
  const toggled = (kind: string) => { const next = new Set(hidden); if (!next.delete(kind)) next.add(kind); hide(next); };
  const kinds = atlas.evidence.filter((one) => one.kind !== "fused");
  const counts = (kind: string) => atlas.cols.kind.slice(1).filter((one) => one === kind).length;
  return (
    <section class="legend" aria-label="Legend">
      <label>Colour <select value={color} onChange={(e) => replaceQuery({ color: e.currentTarget.value === "class" ? null : e.currentTarget.value })}>
        {atlas.core.scored && <option value="class">How known it is</option>}
        {!atlas.core.scored && <option value="class">One colour</option>}
        {kinds.length > 1 && <option value="best">Strongest evidence</option>}
        {numeric.map((one) => <option key={one.key} value={one.key}>{one.words}</option>)}
      </select></label>
      {color === "class" && atlas.core.scored && (
        <ul class="key">
          {Object.entries(CLASSES).map(([kind, about]) => (
            <li key={kind}><label><input type="checkbox" checked={!hidden.has(kind)} onChange={() => toggled(kind)} /><span class={`swatch ${kind}`} /><span><b>{whole(counts(kind))}</b> {kind} <span class="soft">{about.words}</span></span></label></li>
          ))}
        </ul>
      )}
      {color === "best" && <ul class="key">{kinds.map((one) => <li key={one.key} class="evidence"><i style={{ backgroundColor: lineOf(one.kind).color }} />{evidenceName(one)}</li>)}</ul>}
      {scale && <p class="ramp"><span>{scale.low}</span><i /><span>{scale.high}</span></p>}
    </section>
  );
}

function Lists({ atlas }: { atlas: Atlas }) {
  const [known, unknown] = useMemo(() => [closest(atlas), fresh(atlas)], [atlas]);
  return (
    <div class="lists">
      <p class="soft barkey">Bars: {atlas.evidence.map((one) => <span key={one.key} class="evidence"><i style={{ backgroundColor: lineOf(one.kind).color }} />{evidenceName(one)}</span>)}<span>above chance, full at 10 sd</span></p>
      {known.length > 0 && (
        <section aria-labelledby="closest"><h2 id="closest">Closest to known biology</h2><ol>
          {known.map((row) => <li key={row}><div><AssemblyLink atlas={atlas} row={row} /><span class="soft"><Value of="size" n={atlas.cols.size[row]} text={whole(atlas.cols.size[row]!)} /> proteins, Jaccard <Value of="jac" n={atlas.cols.jac[row]} text={fixed(atlas.cols.jac[row])} /></span></div><Bars atlas={atlas} row={row} /></li>)}
        </ol></section>
      )}
      {unknown.length > 0 && (
        <section aria-labelledby="fresh"><h2 id="fresh">{atlas.core.scored ? "New and well supported" : "Well supported"}</h2><ol>
          {unknown.map((row) => (
            <li key={row}><div><AssemblyLink atlas={atlas} row={row} /><span class="soft">{whole(atlas.cols.size[row]!)} proteins
              {atlas.cols.stab[row] !== null && `, stability ${fixed(atlas.cols.stab[row])}`}{(atlas.cols.sec[row] ?? 1) < 0.05 && `, co-elute (FDR ${small(atlas.cols.sec[row])})`}</span></div><Bars atlas={atlas} row={row} /></li>
          ))}
        </ol></section>
      )}
    </div>
  );
}
