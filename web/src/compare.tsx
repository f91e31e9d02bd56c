// Two maps side by side: what both have, what changed, who moved.
import { useEffect, useMemo, useState } from "preact/hooks";
import { CellView } from "./cell";
import { Atlas, load, type Compared } from "./data";
import { countOf, fixed, whole } from "./format";
import { AssemblyLink, Problem, ProteinLink, Value } from "./parts";
import { replaceQuery, type Route } from "./route";
import { saveTsv } from "./save";
import type { View } from "./scene";

const WORDS = { same: "same", changed: "changed", only: "only here" };
const COLORS: Record<string, { fill: string; line: string }> = {
  same: { fill: "rgba(43,108,176,.15)", line: "#2B6CB0" },
  changed: { fill: "rgba(224,142,27,.22)", line: "#C77A10" },
  only: { fill: "rgba(213,94,0,.34)", line: "#B34700" },
};
const SHOWN = 150;

export function Compare({ atlas, route }: { atlas: Atlas; route: Route }) {
  const [found, setFound] = useState<Compared | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => { load<Compared>("compare").then(setFound, setError); }, []);
  if (error) return <div class="page"><Problem error={error} /></div>;
  if (!found) return <div class="page"><p class="soft none">Loading …</p></div>;
  return <Both atlas={atlas} found={found} route={route} />;
}

function Both({ atlas, found, route }: { atlas: Atlas; found: Compared; route: Route }) {
  const other = useMemo(() => new Atlas(found.core), [found]);
  const [view, setView] = useState<View | null>(null);
  const verdict = (match: number[]) => (match[0]! < 0 || match[1]! < found.bars.changed ? "only" : match[1]! >= found.bars.same ? "same" : "changed");
  const kinds = useMemo(() => ({ there: found.there.map(verdict), back: found.back.map(verdict) }), [found]);
  const filter = route.query.get("show") ?? "";
  const selected = atlas.assembly(route.query.get("a") ?? "") ?? -1;
  const matched = selected > 0 ? found.there[selected]![0]! : -1;
  const painted = (list: string[]) => (row: number) => COLORS[list[row]!]!;
  const [paintA, paintB] = useMemo(() => [painted(kinds.there), painted(kinds.back)], [kinds]);
  const none: ReadonlySet<string> = useMemo(() => new Set(), []);
  const select = (row: number) => replaceQuery({ a: row > 0 ? atlas.address(row) : null });
  const rows = atlas.cols.id.map((_, row) => row).slice(1).filter((row) => !filter || kinds.there[row] === filter)
    .sort((a, b) => found.there[a]![1]! - found.there[b]![1]! || atlas.cols.size[b]! - atlas.cols.size[a]!);
  const count = (list: string[], kind: string) => list.slice(1).filter((one) => one === kind).length;
  const gone = other.cols.id.map((_, row) => row).slice(1).filter((row) => kinds.back[row] === "only");
  return (
    <div class="page wide compare">
      <header class="top">
        <h1>Two maps</h1>
        <p class="lead">{whole(found.shared)} proteins are in both. An assembly is the <b>same</b> from a Jaccard index of {found.bars.same} on, <b>changed</b> from {found.bars.changed}, else <b>only here</b>.</p>
      </header>
      <div class="side">
        {([["This map", atlas, selected, select, paintA, kinds.there], ["The other", other, matched, (row: number) => { const back = row > 0 ? found.back[row]![0]! : -1; select(back); }, paintB, kinds.back]] as const).map(([name, one, chosen, pick, paint, list]) => (
          <figure key={name}>
            <figcaption><b>{name}</b> <span class="soft">{one.core.title} · {whole(one.count - 1)} assemblies: {(["same", "changed", "only"] as const).map((kind) => `${whole(count([...list], kind))} ${WORDS[kind]}`).join(", ")}</span></figcaption>
            <CellView atlas={one} selected={chosen} onSelect={pick} marks={{ color: "class", hidden: none, scale: null, paint }} name={name} shared={{ view, set: setView }} />
          </figure>
        ))}
      </div>
      <div class="bar-top">
        <ul class="key inline">{(["same", "changed", "only"] as const).map((kind) => <li key={kind}><i class="round" style={{ backgroundColor: COLORS[kind]!.line }} />{WORDS[kind]}</li>)}</ul>
        <label>Show <select value={filter} onChange={(e) => replaceQuery({ show: e.currentTarget.value || null })}><option value="">all</option>{Object.entries(WORDS).map(([kind, words]) => <option key={kind} value={kind}>{words}</option>)}</select></label>
        <span class="buttons"><button type="button" onClick={() => saveTsv("matches", ["assembly", "match", "jaccard", "kept", "lost", "gained"], rows.map((row) => [atlas.cols.id[row], found.there[row]![0]! < 0 ? "" : other.cols.id[found.there[row]![0]!], ...found.there[row]!.slice(1)]))}>TSV</button></span>
      </div>
      <div class="two">
        <section aria-labelledby="matches-h">
          <h2 id="matches-h">Best matches</h2>
          <div class="scroller low" tabIndex={0} role="region" aria-label="Best matches">
            <table class="grid"><thead><tr><th scope="col">This map</th><th scope="col">The other</th><th scope="col" class="n">Jaccard</th><th scope="col" class="n">Kept</th><th scope="col" class="n">Only here</th><th scope="col" class="n">Only there</th></tr></thead>
              <tbody>{rows.slice(0, SHOWN).map((row) => {
                const [match, jaccard, keptN, lost, gained] = found.there[row]! as [number, number, number, number, number];
                return (
                  <tr key={row} class={row === selected ? "marked" : ""} data-row={atlas.cols.id[row]}>
                    <td class="words"><AssemblyLink atlas={atlas} row={row} /></td><td class="words">{match > 0 ? other.cols.name[match] : "–"}</td>
                    <td class="n"><Value of="match" n={jaccard} text={fixed(jaccard)} /></td><td class="n">{keptN}</td><td class="n">{lost}</td><td class="n">{gained}</td>
                  </tr>
                );
              })}</tbody></table>
          </div>
          {rows.length > SHOWN && <p class="soft">The first {SHOWN} of {whole(rows.length)}; TSV has all.</p>}
          {gone.length > 0 && <><h2>Only in the other map</h2><p class="members">{gone.slice(0, 40).map((row) => `${other.cols.name[row]}${countOf(other.cols.name[row]!, other.cols.size[row]!)}`).join(" · ")}{gone.length > 40 ? ` and ${gone.length - 40} more` : ""}</p></>}
        </section>
        <section aria-labelledby="moved-h">
          <h2 id="moved-h">Proteins that changed their neighbours</h2>
          <p class="soft">1 minus the Jaccard index of the smallest assemblies that contain the protein in each map; 1: all changed.</p>
          <div class="scroller low" tabIndex={0} role="region" aria-label="Moved proteins">
            <table class="grid"><thead><tr><th scope="col">Protein</th><th scope="col">Here in</th><th scope="col">There in</th><th scope="col" class="n">Changed</th></tr></thead>
              <tbody>{found.moved.slice(0, SHOWN).map(([name, a, b, score]) => (
                <tr key={name}><td class="symbol"><ProteinLink name={name} /></td><td class="words"><AssemblyLink atlas={atlas} row={a} /></td><td class="words">{b ? other.cols.name[b] : "All proteins"}</td><td class="n">{fixed(score)}</td></tr>
              ))}</tbody></table>
          </div>
        </section>
      </div>
    </div>
  );
}
