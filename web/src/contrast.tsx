// A contrast of conditions: which assemblies changed or were conserved, which proteins move.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { CellView } from "./cell";
import { ANSWERS, effectLook } from "./colors";
import { load, type Atlas, type Contrast } from "./data";
import { fixed, small, whole } from "./format";
import { AssemblyLink, CopyButton, Id, linkHere, Problem, ProteinLink, Section, Value } from "./parts";
import { theme } from "./pen";
import { address, go, replaceQuery, type Route } from "./route";
import { saveTsv } from "./save";

const SHOWN = 200;
const NULLS: Record<string, string> = { conditions: "Between the conditions", replicates: "Between replicates of one condition", exchanged: "With labels of conditions exchanged" };
const NONE: ReadonlySet<string> = new Set();

export function Contrasts({ atlas, route }: { atlas: Atlas; route: Route }) {
  const { contrasts } = atlas.core;
  const which = route.id ? contrasts.findIndex((one) => one.use === route.id) : 0;
  const [found, setFound] = useState<Contrast | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => { setFound(null); if (which >= 0) load<Contrast>(`contrast/${which}`).then(setFound, setError); }, [which]);
  if (which < 0) return <div class="page"><h1>No such contrast</h1><p>This map has <a href="#/contrast">{contrasts[0]!.title}</a>.</p></div>;
  if (error) return <div class="page"><Problem error={error} /></div>;
  if (!found) return <div class="page"><p class="soft none">Loading …</p></div>;
  return <Shown key={which} atlas={atlas} found={found} route={route} which={which} />;
}

function Shown({ atlas, found, route, which }: { atlas: Atlas; found: Contrast; route: Route; which: number }) {
  const { use } = atlas.core.contrasts[which]!;
  const at = useMemo(() => new Map(found.rows.map((row, k) => [row, k])), [found]);
  const selected = atlas.assembly(route.query.get("a") ?? "") ?? -1;
  const color = route.query.get("color") ?? "class";
  const largest = useMemo(() => Math.max(...found.effect.map((v) => Math.abs(v ?? 0)), 1e-9), [found]);
  const paint = useMemo(() => (row: number) => {
    const [k, colours] = [at.get(row), theme()];
    if (k === undefined) return { fill: null, line: colours.line };
    return color === "effect" ? effectLook((found.effect[k] ?? 0) / largest, colours) : ANSWERS[found.kind[k]!]!.look(colours);
  }, [found, color]);
  const about = (row: number) => { const k = at.get(row); return k === undefined ? "not tested: too few members in every table" : `${found.kind[k]}, ${effectWords(found, k)}`; };
  const select = (row: number) => replaceQuery({ a: row > 0 ? atlas.address(row) : null });
  useEffect(() => { document.body.dataset.contrast = use; return () => { delete document.body.dataset.contrast; }; }, [use]);
  return (
    <div class="page wide contrast">
      <header class="top">
        <h1>{found.title}</h1>
        <Lead found={found} />
        <div class="tools wrap">
          {atlas.core.contrasts.length > 1 && <label>Contrast <select value={use} onChange={(e) => go(address("contrast", e.currentTarget.value))}>{atlas.core.contrasts.map((one) => <option key={one.use} value={one.use}>{one.title}</option>)}</select></label>}
          <CopyButton text={linkHere}>Copy link</CopyButton>
        </div>
      </header>
      <Limits found={found} />
      <div class="side">
        <figure><CellView atlas={atlas} selected={selected} onSelect={select} marks={{ color: "class", hidden: NONE, scale: null, paint }} name="The contrast" about={about} /></figure>
        <aside class="panel" aria-label="About the contrast">
          {selected > 0 && <Chosen atlas={atlas} found={found} row={selected} k={at.get(selected)} close={() => select(-1)} />}
          <Legend found={found} color={color} largest={largest} tested={at.size} all={atlas.count - 1} />
          {selected <= 0 && <section aria-labelledby="compared-h"><h2 id="compared-h">What was compared</h2>{found.notes.map((note) => <p key={note} class="soft">{note}</p>)}</section>}
        </aside>
      </div>
      <Assemblies atlas={atlas} found={found} route={route} selected={selected} />
      <Movers atlas={atlas} found={found} route={route} />
      {found.nulls.length > 0 && <Nulls found={found} />}
    </div>
  );
}

const count = (found: Contrast, kind: string): number => found.kind.filter((one) => one === kind).length;
const tested = (found: Contrast): boolean => found.p.some((p) => p !== null);

function Lead({ found }: { found: Contrast }) {
  const { moving, all } = found.proteins;
  const names = found.conditions.join(", ");
  if (!tested(found)) return <p class="lead">{names}: effect sizes of <b>{whole(found.rows.length)}</b> assemblies and distances of {whole(all)} proteins. Nothing was tested.</p>;
  return (
    <p class="lead">{names}: of <b>{whole(found.rows.length)}</b> assemblies <b>{whole(count(found, "changed"))}</b> changed, <b>{whole(count(found, "conserved"))}</b> are
      conserved, <b>{whole(count(found, "undecided"))}</b> undecided; <b>{whole(moving)}</b> of {whole(all)} proteins move.</p>
  );
}

/** Limits of every contrast, and of one without tests. */
function Limits({ found }: { found: Contrast }) {
  return (
    <div class="caution" role="note" aria-label="What the numbers do not show">
      {!tested(found) && <p><b>Effect sizes only.</b> Without replicates noise cannot be separated from change: there is no p value, and no assembly is called changed or conserved.</p>}
      <p>Undecided is not conserved. An assembly that moves as a whole keeps its cohesion and is no change here; one that was defined on a single condition seems to fall apart in the others.</p>
    </div>
  );
}

const signed = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`);

/** The effect and its interval, as text. */
function effectWords(found: Contrast, k: number): string {
  const [lo, hi] = [found.effect_lo[k], found.effect_hi[k]];
  return `effect ${signed(found.effect[k])}${lo === null || lo === undefined ? ", no interval" : ` (95 % interval ${signed(lo)} to ${signed(hi)})`}`;
}

/** The effect and its interval on one scale for all rows, 0 in the middle. */
function Interval({ found, k, reach, width = 130 }: { found: Contrast; k: number; reach: number; width?: number }) {
  const at = (value: number) => width / 2 + (Math.max(-1, Math.min(value / reach, 1)) * (width - 8)) / 2;
  const [effect, lo, hi] = [found.effect[k] ?? 0, found.effect_lo[k], found.effect_hi[k]];
  return (
    <svg class={`interval ${found.kind[k]}`} width={width} height="16" role="img" aria-label={effectWords(found, k)}>
      <line class="zero" x1={width / 2} x2={width / 2} y1="0" y2="16" />
      {lo !== null && lo !== undefined && <line class="range" x1={at(lo)} x2={at(hi ?? lo)} y1="8" y2="8" />}
      <circle cx={at(effect)} cy="8" r="3.5" />
    </svg>
  );
}

function Chosen({ atlas, found, row, k, close }: { atlas: Atlas; found: Contrast; row: number; k: number | undefined; close: () => void }) {
  const { cols } = atlas;
  return (
    <section class="chosen" aria-label="Chosen assembly">
      <div class="head"><h2>{cols.name[row]}</h2><button type="button" class="close" aria-label="Close" onClick={close}>×</button></div>
      <p class="facts"><span>{whole(cols.size[row]!)} proteins</span> <Id atlas={atlas} row={row} /></p>
      {k === undefined ? <p>Not tested: too few of its members are in every table.</p> : (
        <>
          <p class="answer"><i class={`round ${found.kind[k]}`} /><b>{found.kind[k]}</b></p>
          <p>{effectWords(found, k)}</p>
          <Interval found={found} k={k} reach={Math.max(Math.abs(found.effect_lo[k] ?? 0), Math.abs(found.effect_hi[k] ?? 0), Math.abs(found.effect[k] ?? 0), 0.2)} width={240} />
          <dl class="facts">
            {found.conditions.map((name, c) => <div key={name}><dt>{name}</dt><dd>cohesion {fixed(found.means[c]![k])}</dd></div>)}
            <div><dt>p, FDR</dt><dd>{small(found.p[k])}, {small(found.fdr[k])}</dd></div>
            <div><dt>Conserved</dt><dd>FDR {small(found.fdr_equivalent[k])} of the test of equivalence</dd></div>
            <div><dt>Detectable</dt><dd>{found.detectable[k] === null ? "–" : `a change of ${fixed(found.detectable[k])} in four of five cases`}</dd></div>
            <div><dt>Measured</dt><dd>{whole(found.measured[k] ?? 0)} members in every table</dd></div>
            <div><dt>Members behind it</dt><dd>{found.behind[k]!.map((name, j) => <span key={name}>{j ? ", " : ""}<ProteinLink name={name} /></span>)}</dd></div>
            <div><dt>Movers</dt><dd>{found.movers[k]!.length ? found.movers[k]!.map((name, j) => <span key={name}>{j ? ", " : ""}<ProteinLink name={name} /></span>) : "none"}</dd></div>
          </dl>
        </>
      )}
      <p><a class="button" href={address("a", atlas.address(row))}>Open the evidence</a></p>
    </section>
  );
}

function Legend({ found, color, largest, tested, all }: { found: Contrast; color: string; largest: number; tested: number; all: number }) {
  return (
    <section class="legend" aria-label="Legend">
      <label>Colour <select value={color} onChange={(e) => replaceQuery({ color: e.currentTarget.value === "class" ? null : e.currentTarget.value })}>
        <option value="class">Changed, conserved, undecided</option><option value="effect">Effect</option>
      </select></label>
      {color === "effect" ? <p class="ramp"><span>{signed(-largest)}</span><i class="both" /><span>{signed(largest)}</span></p> : (
        <ul class="key">{Object.entries(ANSWERS).map(([kind, one]) => <li key={kind} class="answer" style={{ whiteSpace: "normal" }}><i class={`round ${kind}`} /><b>{whole(count(found, kind))}</b> {kind} <span class="soft">{one.words}</span></li>)}</ul>
      )}
      <p class="soft">Outlines: {whole(all - tested)} assemblies of which too few members are in every table. Effect: cohesion in the later less the earlier condition; below 0 members lie further apart.</p>
    </section>
  );
}

type Sortable = { key: string; words: string; number: boolean; of: (k: number) => string | number | null };

/** Numbers of rows in the order of a column; what is missing comes last. */
function ordered(rows: number[], columns: Sortable[], sort: string): number[] {
  const [key, down] = [sort.replace(/^-/, ""), sort.startsWith("-")];
  const column = columns.find((one) => one.key === key);
  if (!column) return rows;
  return [...rows].sort((a, b) => {
    const [x, y] = [column.of(a), column.of(b)];
    if (x === y) return a - b;
    if (x === null || x === "") return 1;
    if (y === null || y === "") return -1;
    return (x < y ? -1 : 1) * (down ? -1 : 1);
  });
}

function Sorted({ columns, sort, name, query, rows, cells, selected, label }: { columns: Sortable[]; sort: string; name: (k: number) => string; query: string; rows: number[]; cells: (k: number) => ComponentChildren; selected?: number; label: string }) {
  const [all, setAll] = useState(false);
  const [key, down] = [sort.replace(/^-/, ""), sort.startsWith("-")];
  const next = (one: Sortable) => replaceQuery({ [query]: key === one.key && !down ? `-${one.key}` : one.key });
  return (
    <>
      <div class="scroller low" tabIndex={0} role="region" aria-label={label}>
        <table class="grid">
          <thead><tr>{columns.map((one) => <th key={one.key} scope="col" class={one.number ? "n" : ""} aria-sort={key === one.key ? (down ? "descending" : "ascending") : "none"}><button type="button" onClick={() => next(one)}>{one.words}<span aria-hidden="true">{key === one.key ? (down ? " ▾" : " ▴") : ""}</span></button></th>)}</tr></thead>
          <tbody>{(all ? rows : rows.slice(0, SHOWN)).map((k) => <tr key={k} data-row={name(k)} class={k === selected ? "marked" : ""}>{cells(k)}</tr>)}</tbody>
        </table>
        {!rows.length && <p class="soft none">Nothing fits. Clear the filter.</p>}
      </div>
      {!all && rows.length > SHOWN && <button type="button" class="more" onClick={() => setAll(true)}>Show all {whole(rows.length)}</button>}
    </>
  );
}

function Assemblies({ atlas, found, route, selected }: { atlas: Atlas; found: Contrast; route: Route; selected: number }) {
  const { cols } = atlas;
  const [filter, kind, sort] = [(route.query.get("q") ?? "").trim().toLowerCase(), route.query.get("class") ?? "", route.query.get("sort") ?? "p"];
  const reach = useMemo(() => { const all = [...found.effect_lo, ...found.effect_hi, ...found.effect].map((v) => Math.abs(v ?? 0)); return Math.max(...all, 0.05); }, [found]);
  const columns: Sortable[] = [
    { key: "name", words: "Assembly", number: false, of: (k) => cols.name[found.rows[k]!]!.toLowerCase() },
    { key: "class", words: "Class", number: false, of: (k) => found.kind[k]! },
    { key: "effect", words: "Effect", number: true, of: (k) => found.effect[k]! },
    { key: "size", words: "95 % interval", number: true, of: (k) => Math.abs(found.effect[k] ?? 0) },
    { key: "p", words: "p", number: true, of: (k) => found.p[k]! },
    { key: "fdr", words: "FDR", number: true, of: (k) => found.fdr[k]! },
    { key: "same", words: "FDR conserved", number: true, of: (k) => found.fdr_equivalent[k]! },
    { key: "measured", words: "Measured", number: true, of: (k) => found.measured[k]! },
    { key: "movers", words: "Movers", number: true, of: (k) => found.movers[k]!.length },
  ];
  const rows = useMemo(() => {
    const protein = atlas.protein(filter.toUpperCase());
    const holds = new Set(protein === undefined ? [] : atlas.assembliesOf(protein));
    const kept = found.rows.map((_, k) => k).filter((k) => { const row = found.rows[k]!; return (!kind || found.kind[k] === kind) && (!filter || holds.has(row) || `${cols.name[row]} ${cols.id[row]}`.toLowerCase().includes(filter)); });
    return ordered(kept, columns, sort);
  }, [found, filter, kind, sort]);
  const download = () => saveTsv("contrast", ["assembly", "name", "class", "effect", "effect_lo", "effect_hi", "p", "fdr", "p_equivalent", "fdr_equivalent", "detectable", "measured", ...found.conditions.map((one) => `cohesion_${one}`), "members_behind", "movers"],
    rows.map((k) => [cols.id[found.rows[k]!], cols.name[found.rows[k]!], found.kind[k], found.effect[k], found.effect_lo[k], found.effect_hi[k], found.p[k], found.fdr[k], found.p_equivalent[k], found.fdr_equivalent[k], found.detectable[k], found.measured[k], ...found.means.map((one) => one[k]), found.behind[k]!.join(" "), found.movers[k]!.join(" ")]));
  return (
    <Section id="assemblies" title="Assemblies" about="Cohesion is the mean rank of the similarities of an assembly's members among pairs of proteins of like detection, within each replicate. Changed: at the false discovery rate of the contrast. Conserved: shown by two one-sided tests to differ by less than the margin. p asks whether any condition differs; its false discovery rate is over all tested assemblies."
      tools={<span class="buttons"><button type="button" onClick={download}>TSV</button></span>}>
      <div class="bar-top">
        <input type="search" aria-label="Filter assemblies and proteins" placeholder="Filter by name or protein" value={route.query.get("q") ?? ""} onInput={(e) => replaceQuery({ q: e.currentTarget.value || null })} />
        <select aria-label="Class" value={kind} onChange={(e) => replaceQuery({ class: e.currentTarget.value || null })}><option value="">all classes</option>{Object.keys(ANSWERS).map((one) => <option key={one} value={one}>{one}</option>)}</select>
        <span class="soft" role="status">{whole(rows.length)} of {whole(found.rows.length)}</span>
      </div>
      <Sorted columns={columns} sort={sort} query="sort" rows={rows} name={(k) => cols.id[found.rows[k]!]!} label="Assemblies of the contrast" selected={found.rows.indexOf(selected)} cells={(k) => (
        <>
          <td class="name"><AssemblyLink atlas={atlas} row={found.rows[k]!} /></td>
          <td class="answer"><button type="button" class="what" title="Show on the map" onClick={() => { replaceQuery({ a: atlas.address(found.rows[k]!) }); document.querySelector(".contrast .side")?.scrollIntoView({ block: "start" }); }}><i class={`round ${found.kind[k]}`} />{found.kind[k]}</button></td>
          <td class="n"><Value of="effect" n={found.effect[k]} text={signed(found.effect[k])} /></td>
          <td class="n"><Interval found={found} k={k} reach={reach} /></td>
          <td class="n"><Value of="p" n={found.p[k]} text={small(found.p[k])} /></td>
          <td class="n"><Value of="fdr" n={found.fdr[k]} text={small(found.fdr[k])} /></td>
          <td class="n"><Value of="same" n={found.fdr_equivalent[k]} text={small(found.fdr_equivalent[k])} /></td>
          <td class="n">{whole(found.measured[k] ?? 0)} of {whole(cols.size[found.rows[k]!]!)}</td>
          <td class="n" title={found.movers[k]!.join(", ")}>{whole(found.movers[k]!.length)}</td>
        </>
      )} />
    </Section>
  );
}

function Movers({ atlas, found, route }: { atlas: Atlas; found: Contrast; route: Route }) {
  const { proteins } = found;
  const [filter, sort] = [(route.query.get("q") ?? "").trim().toUpperCase(), route.query.get("movers") ?? "-score"];
  const title = (row: number) => (row < 0 ? "" : atlas.cols.name[row]!);
  const columns: Sortable[] = [
    { key: "protein", words: "Protein", number: false, of: (k) => proteins.name[k]! },
    { key: "score", words: "Score", number: true, of: (k) => proteins.score[k]! },
    { key: "p", words: "p", number: true, of: (k) => proteins.p[k]! },
    { key: "mfdr", words: "FDR", number: true, of: (k) => proteins.fdr[k]! },
    { key: "distance", words: "Distance", number: true, of: (k) => proteins.distance[k]! },
    { key: "leaves", words: "Leaves", number: false, of: (k) => title(proteins.leaves[k]!).toLowerCase() },
    { key: "enters", words: "Enters", number: false, of: (k) => title(proteins.enters[k]!).toLowerCase() },
  ];
  const rows = useMemo(() => {
    const own = atlas.assembly(route.query.get("a") ?? "");
    const inside = new Set(own === undefined ? [] : [...atlas.members(own)].map((p) => atlas.core.sym[p]!));
    const kept = proteins.name.map((_, k) => k).filter((k) => (!filter || proteins.name[k]!.toUpperCase().includes(filter) || `${title(proteins.leaves[k]!)} ${title(proteins.enters[k]!)}`.toUpperCase().includes(filter)) && (own === undefined || inside.has(proteins.name[k]!) || proteins.leaves[k] === own || proteins.enters[k] === own));
    return ordered(kept, columns, sort);
  }, [found, filter, sort, route.query.get("a")]);
  const place = (row: number) => (row < 0 ? <span class="soft">–</span> : <AssemblyLink atlas={atlas} row={row} />);
  const id = (row: number) => (row < 0 ? "" : atlas.cols.id[row]);
  const download = () => saveTsv("movers", ["protein", "score", "p", "fdr", "distance", "replicates", "leaves", "enters"], rows.map((k) => [proteins.name[k], proteins.score[k], proteins.p[k], proteins.fdr[k], proteins.distance[k], proteins.replicates[k], id(proteins.leaves[k]!), id(proteins.enters[k]!)]));
  const chosen = route.query.get("a");
  return (
    <Section id="movers" title="Proteins that move" about="The distance of a protein between conditions in units of the scatter of replicates, and its moderated test. Leaves and enters: the assemblies whose members become less, and more, like it; looked up for the highest scores. Bold: called at the false discovery rate of the contrast."
      tools={<span class="buttons"><button type="button" onClick={download}>TSV</button></span>}>
      <p class="soft">{whole(rows.length)} of {whole(proteins.all)} proteins{chosen ? ": members of the chosen assembly, and those that leave or enter it" : proteins.all > proteins.name.length ? "; the file has all" : ""}.{tested(found) ? "" : " Scores are distances in units of their median: nothing was tested."}</p>
      <Sorted columns={columns} sort={sort} query="movers" rows={rows} name={(k) => proteins.name[k]!} label="Proteins that move" cells={(k) => (
        <>
          <td class={k < proteins.moving ? "symbol" : ""}>{atlas.protein(proteins.name[k]!) === undefined ? proteins.name[k] : <ProteinLink name={proteins.name[k]!} />}</td>
          <td class="n"><Value of="score" n={proteins.score[k]} text={fixed(proteins.score[k])} /></td>
          <td class="n">{small(proteins.p[k])}</td>
          <td class="n"><Value of="mover.fdr" n={proteins.fdr[k]} text={small(proteins.fdr[k])} /></td>
          <td class="n">{fixed(proteins.distance[k])}</td>
          <td class="words">{place(proteins.leaves[k]!)}</td>
          <td class="words">{place(proteins.enters[k]!)}</td>
        </>
      )} />
    </Section>
  );
}

function Nulls({ found }: { found: Contrast }) {
  const kinds = Object.keys(NULLS).filter((kind) => found.nulls.some((one) => one.kind === kind));
  const mean = (kind: string, of: (one: Contrast["nulls"][number]) => number) => { const own = found.nulls.filter((one) => one.kind === kind).map(of); return own.reduce((a, b) => a + b, 0) / own.length; };
  return (
    <Section id="nulls" title="The same tests where nothing should be found" about="The variance of a pair of replicates comes from the others. Where these call as many as the conditions do, there is nothing to report.">
      <div class="scroller low" tabIndex={0} role="region" aria-label="Tests of the null">
        <table class="grid"><thead><tr><th scope="col">Test</th><th scope="col" class="n">Tests</th><th scope="col" class="n">Assemblies with p up to .05</th><th scope="col" class="n">Assemblies changed</th><th scope="col" class="n">Proteins with p up to .05</th><th scope="col" class="n">Proteins that move</th></tr></thead>
          <tbody>{kinds.map((kind) => (
            <tr key={kind}><td class="words">{NULLS[kind]}</td><td class="n">{found.nulls.filter((one) => one.kind === kind).length}</td>
              <td class="n">{fixed(100 * mean(kind, (one) => one.p_05), 1)} %</td><td class="n">{fixed(mean(kind, (one) => one.changed), 1)}</td>
              <td class="n">{fixed(100 * mean(kind, (one) => one.movers_p_05), 1)} %</td><td class="n">{fixed(mean(kind, (one) => one.movers), 1)}</td></tr>
          ))}</tbody></table>
      </div>
    </Section>
  );
}
