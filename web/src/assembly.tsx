// The page of an assembly: who is in it, what holds it together, how sure it is.
import { useEffect, useMemo, useState } from "preact/hooks";
import { Card } from "./card";
import { evidenceName, lineOf } from "./colors";
import { load, type Atlas, type Detail, type Evidence, type NameColumns } from "./data";
import { countOf, fixed, small, times, whole, written } from "./format";
import { setLinks, termLink } from "./links";
import { Network } from "./network";
import { AssemblyLink, Badge, ContrastLink, CopyButton, Id, linkHere, Picture, Problem, ProteinLink, Section, Value } from "./parts";
import { Profiles, profileLines } from "./profiles";
import { address, type Route } from "./route";
import { cx2Of, gmtOf, save, saveTsv, toCytoscape } from "./save";

const FLAG_ROWS = 40;

export function Assembly({ atlas, row, route }: { atlas: Atlas; row: number; route: Route }) {
  const [detail, setDetail] = useState<Detail | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    setDetail(null);
    setError(null);
    delete document.body.dataset.detail;
    atlas.detail(row).then((found) => { setDetail(found); document.body.dataset.detail = atlas.cols.id[row]!; }, setError);
  }, [atlas, row]);
  return (
    <article class="page assembly">
      <Head atlas={atlas} row={row} detail={detail} />
      {error && <Problem error={error} />}
      <div class="two">
        <Section id="net" title={detail?.net?.of === "assemblies" ? "How its parts are joined" : "Who is joined to whom"}
          about={detail?.net?.of === "assemblies"
            ? "Too many members to draw one by one: each circle is a part of this assembly, as large as it has proteins. Lines say how densely two parts are joined by each kind of evidence."
            : "Each dot is a member. Interactions are those that were measured, the strongest first; a line of similarity joins each protein to its nearest members. Switch kinds of evidence on and off, raise the least strength, point at a protein to see its partners, click to open it."}>
          {detail?.net ? <Network atlas={atlas} row={row} net={detail.net} route={route} /> : <p class="soft none">{detail ? "No network is kept of this assembly." : "Loading …"}</p>}
        </Section>
        <div>
          <Why atlas={atlas} row={row} detail={detail} />
          <Sure atlas={atlas} row={row} />
        </div>
      </div>
      <Members atlas={atlas} row={row} detail={detail} />
      {atlas.core.cells.length > 0 ? <Cells atlas={atlas} row={row} /> : <Elsewhere atlas={atlas} row={row} />}
      {detail?.prof?.map((prof) => (
        <Section key={prof.key} id={`prof-${prof.key}`} title={`How they elute (${prof.key})`}
          about="Proteins of one complex leave the column in the same fractions. Each row is a member's amount along the fractions, scaled to its own peak; rows are in the order of their peaks, so that members of one complex are adjacent."
          tools={<button type="button" onClick={() => saveTsv(`${atlas.cols.id[row]}_elution_${prof.key}`, ["protein", ...Array.from({ length: prof.fractions }, (_, k) => `fraction_${k + 1}`)], profileLines(atlas, prof).map((l) => [l.name, ...l.values.map((v) => v.toFixed(3))]))}>TSV</button>}>
          <p class="soft">{whole(prof.rows.length)} of the {whole(prof.of)} members that were detected.</p>
          {prof.rows.length ? <Profiles lines={profileLines(atlas, prof)} marked={route.query.get("p")} /> : <p class="soft none">None of its members was detected.</p>}
        </Section>
      ))}
      {detail?.terms && <Terms atlas={atlas} row={row} detail={detail} />}
      {detail?.cards?.map((card) => (
        <Section key={card.use} id={`use-${card.use}`} title={card.title} tools={<><ContrastLink atlas={atlas} use={card.use} query={{ a: atlas.address(row) }} /><span class="badge machine" title="An answer that a program gave to a question put to this map">computed: {card.use}</span></>}>
          <Card value={card.card} isProtein={(name) => atlas.protein(name) !== undefined} />
        </Section>
      ))}
      <Provenance atlas={atlas} row={row} />
    </article>
  );
}

function Head({ atlas, row, detail }: { atlas: Atlas; row: number; detail: Detail | null }) {
  const { cols } = atlas;
  const [sent, setSent] = useState("");
  const send = async () => {
    const ok = await toCytoscape(cx2Of(atlas, row, detail!));
    setSent(ok ? "Cytoscape has it." : "No Cytoscape answers on this computer; the file was saved.");
    if (!ok) saveCx2();
  };
  const saveCx2 = () => save(`${cols.id[row]}.cx2`, JSON.stringify(cx2Of(atlas, row, detail!)), "application/json");
  const path = atlas.path(row).slice(0, -1);
  const also = cols.parents[row]!.filter((up) => up !== cols.parent[row]);
  const parts = [...cols.children[row]!].sort((a, b) => cols.size[b]! - cols.size[a]!);
  return (
    <header class="top">
      <nav class="way" aria-label="What it is part of">{path.map((up) => <span key={up}><AssemblyLink atlas={atlas} row={up} /><span aria-hidden="true"> › </span></span>)}</nav>
      <h1>{cols.name[row]}</h1>
      <p class="facts">
        <span><Value of="size" n={cols.size[row]} text={whole(cols.size[row]!)} /> proteins</span> <Badge kind={cols.kind[row]!} /> <Id atlas={atlas} row={row} />
      </p>
      {cols.why[row] && <p class="why">{cols.why[row]}</p>}
      {also.length > 0 && <p class="soft">Also inside {also.map((up, k) => <span key={up}>{k ? ", " : ""}<AssemblyLink atlas={atlas} row={up} /></span>)}.</p>}
      {parts.length > 0 && <p class="soft parts">Parts: {parts.slice(0, 12).map((c, k) => <span key={c}>{k ? " · " : ""}<AssemblyLink atlas={atlas} row={c} />{countOf(cols.name[c]!, cols.size[c]!)}</span>)}{parts.length > 12 && ` and ${parts.length - 12} more`}</p>}
      <div class="tools wrap">
        <a class="button" href={address("c", "", { s: atlas.address(row) })}>Show in the cell</a>
        <CopyButton text={linkHere}>Copy link</CopyButton>
        <button type="button" onClick={() => save(`${cols.id[row]}.gmt`, gmtOf(atlas, [row]), "text/plain")}>GMT</button>
        <button type="button" disabled={!detail} onClick={saveCx2}>CX2</button>
        <button type="button" disabled={!detail} onClick={() => void send()}>Send to Cytoscape</button>
        <span class="soft" role="status">{sent}</span>
      </div>
    </header>
  );
}

/** What one kind of evidence says, as a sentence. */
function sentence(one: Evidence, row: number): { head: string; tail: string; strong: boolean } {
  const [n, seen, chance, z] = [one.measured[row]!, one.seen[row], one.chance[row], one.z[row]];
  if (n < 2 || seen === null || seen === undefined || chance === null || chance === undefined) return { head: "not measured", tail: `${n} of its members were`, strong: false };
  const strong = (z ?? 0) > 2;
  if (one.kind === "interactions") {
    const possible = (n * (n - 1)) / 2;
    const ratio = chance > 0 ? `${times(seen / chance)} × chance` : "";
    return { head: `${whole(seen)} of ${whole(possible)} possible pairs`, tail: strong ? `${ratio} (${chance < 10 ? fixed(chance, 1) : whole(chance)} expected of proteins with as many partners)` : `no more than by chance (${fixed(chance, 1)} expected)`, strong };
  }
  return { head: `mean similarity ${fixed(seen)}`, tail: strong ? `${fixed(chance)} for random pairs; ${fixed(z, 1)} sd above random sets of ${whole(n)}` : `no more alike than chance (${fixed(chance)})`, strong };
}

function Why({ atlas, row, detail }: { atlas: Atlas; row: number; detail: Detail | null }) {
  return (
    <Section id="why" title="What holds it together" about="Each measurement by itself. Interactions are counted among members and compared with the number expected if every protein kept its number of partners and chose them at random. Similarities are the mean cosine of all pairs of measured members, compared with 200 random sets of as many measured proteins. The fused vectors are what the map was made from, so they are no independent evidence.">
      <ul class="evidences">
        {atlas.evidence.map((one) => {
          const said = sentence(one, row);
          return (
            <li key={one.key} class={said.strong ? "strong" : "weak"} data-kind={one.key}>
              <svg width="30" height="10" aria-hidden="true"><line x1="0" y1="5" x2="30" y2="5" stroke={lineOf(one.kind).color} stroke-width="3" stroke-dasharray={lineOf(one.kind).dash.join(" ")} /></svg>
              <span><b>{evidenceName(one)}</b>: {said.head}<span class="soft">{said.tail}</span><span class="soft">{whole(one.measured[row]!)} of {whole(atlas.cols.size[row]!)} members measured{one.kind === "fused" ? "; made the map, so not independent" : ""}</span></span>
            </li>
          );
        })}
        {detail?.sec?.map((test) => (
          <li key={String(test.reference)} class={test.coelutes === true || Number(test.fdr) < 0.05 ? "strong" : "weak"}>
            <svg width="30" height="10" aria-hidden="true"><line x1="0" y1="5" x2="30" y2="5" stroke="#E69F00" stroke-width="3" stroke-dasharray="12 4" /></svg>
            <span><b>Co-elution ({String(test.reference)})</b>: {Number(test.fdr) < 0.05 ? "members elute together" : "not seen to elute together"}<span class="soft">FDR {small(Number(test.fdr))}{typeof test.proteins === "number" ? `, ${whole(test.proteins)} members detected` : ""}{typeof test.matched_fdr === "number" ? `; against proteins eluting alike ${small(test.matched_fdr)}` : ""}</span></span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Sure({ atlas, row }: { atlas: Atlas; row: number }) {
  const { cols } = atlas;
  if (row === 0) return null;
  return (
    <Section id="sure" title="How sure it is" about="Stability: mean Jaccard index with the most similar cluster of resampled networks; 1 is always unchanged. Persistence: number of clusterings at different resolutions that contain it, compared with all others of this map. The diameter is that of known components with as many proteins, and its interval covers 95 % of them; below the sizes it was calibrated on, none is given.">
      <dl class="facts">
        {cols.stab[row] !== null && <div><dt>Stability</dt><dd><Value of="stab" n={cols.stab[row]} text={fixed(cols.stab[row])} /> <meter min={0} max={1} value={cols.stab[row]!} aria-label="Stability" /></dd></div>}
        <div><dt>Persistence</dt><dd><Value of="pers" n={cols.pers[row]} text={whole(cols.pers[row]!)} /> <span class="soft">more lasting than {whole(100 * atlas.lasting(row))} % of assemblies</span></dd></div>
        <div><dt>Diameter</dt><dd>{cols.length[row]} <span class="soft">{cols.span[row]}</span></dd></div>
      </dl>
    </Section>
  );
}

function Members({ atlas, row, detail }: { atlas: Atlas; row: number; detail: Detail | null }) {
  const members = useMemo(() => [...atlas.members(row)].map((p, k) => ({ p, name: atlas.core.sym[p]!, support: atlas.support(row, k) })), [atlas, row]);
  const [names, setNames] = useState<NameColumns | null>(null);
  useEffect(() => { void load<NameColumns>("names").then(setNames, () => {}); }, [atlas]);
  const full = useMemo(() => new Map((names?.protein ?? []).map((symbol, k) => [symbol, names?.name?.[k] ?? ""])), [names]);
  const [by, setBy] = useState("name");
  const [all, setAll] = useState(false);
  useEffect(() => setAll(false), [row]);
  const flags = useMemo(() => new Map((detail?.flags ?? []).map((one) => [String(one.protein), one])), [detail]);
  const elsewhere = (p: number) => atlas.assembliesOf(p).filter((r) => r !== row);
  const order = [...members].sort((a, b) => (by === "support" ? b.support - a.support : 0) || a.name.localeCompare(b.name));
  const shown = all ? order : order.slice(0, 60);
  const symbols = members.map((m) => m.name);
  const seen = atlas.evidence.filter((one) => one.kind !== "fused");
  const rows = () => order.map((m) => [m.name, full.get(m.name) ?? "", m.support, ...seen.map((e) => (e.present[m.p] ? "yes" : "")), elsewhere(m.p)[0] !== undefined ? atlas.cols.id[elsewhere(m.p)[0]!] : ""]);
  const hasFlags = flags.size > 0;
  return (
    <Section id="members" title={`Members (${whole(members.length)})`}
      about="Support: the share of clusterings that placed the protein here. Unexpected members are those whose known terms differ from what the others have in common; they are either new findings or errors. Smallest other assembly: another place of the protein in the map."
      tools={<span class="buttons">
        <CopyButton text={() => symbols.join("\n")}>Copy list</CopyButton>
        <button type="button" onClick={() => saveTsv(`${atlas.cols.id[row]}_members`, ["protein", "name", "support", ...seen.map((e) => e.key), "smallest_other_assembly"], rows())}>TSV</button>
        {setLinks(symbols).map(([name, url]) => <a key={name} class="button" href={url} rel="noopener noreferrer" target="_blank">{name}</a>)}
      </span>}>
      <div class="scroller low" tabIndex={0} role="region" aria-label="Members">
        <table class="grid members">
          <thead><tr>
            <th scope="col" aria-sort={by === "name" ? "ascending" : "none"}><button type="button" onClick={() => setBy("name")}>Protein</button></th>
            {full.size > 0 && <th scope="col">Name</th>}
            <th scope="col" class="n" aria-sort={by === "support" ? "descending" : "none"}><button type="button" onClick={() => setBy("support")}>Support</button></th>
            {seen.map((one) => <th key={one.key} scope="col">{evidenceName(one)}</th>)}
            {hasFlags && <th scope="col">Expected here?</th>}
            <th scope="col">Smallest other assembly</th>
          </tr></thead>
          <tbody>{shown.map((m) => {
            const flag = flags.get(m.name);
            const other = elsewhere(m.p)[0];
            return (
              <tr key={m.p} class={new URLSearchParams(location.hash.split("?")[1]).get("p") === m.name ? "marked" : ""}>
                <td class="symbol"><ProteinLink name={m.name} /></td>
                {full.size > 0 && <td class="words">{full.get(m.name)}</td>}
                <td class="n"><Value of="support" n={m.support} text={fixed(m.support)} /></td>
                {seen.map((one) => <td key={one.key} class="has">{one.present[m.p] ? <span role="img" aria-label="measured">●</span> : <span class="soft">–</span>}</td>)}
                {hasFlags && <td class="soft">{flag ? `${flag.supported === true ? "unexpected, supported" : "unexpected"}${typeof flag.fdr === "number" ? ` (q ${small(flag.fdr)})` : ""}` : ""}</td>}
                <td class="words">{other !== undefined ? <AssemblyLink atlas={atlas} row={other} /> : <span class="soft">none</span>}</td>
              </tr>
            );
          })}</tbody>
        </table>
      </div>
      {shown.length < order.length && <button type="button" class="more" onClick={() => setAll(true)}>Show all {whole(order.length)}</button>}
      {flags.size > FLAG_ROWS && <p class="soft">{whole(flags.size)} members are unexpected by their known terms.</p>}
    </Section>
  );
}

function Cells({ atlas, row }: { atlas: Atlas; row: number }) {
  const pictured = [...atlas.members(row)].filter((p) => atlas.pictures(p).length);
  const [all, setAll] = useState(false);
  const shown = all ? pictured : pictured.slice(0, 24);
  return (
    <Section id="cells" title="What its members look like" about="One image of each member, more on its own page: microtubules red, the protein green, nucleus blue, endoplasmic reticulum yellow, as far as they were stained. Brightness is scaled for display: compare locations, not brightness.">
      {pictured.length ? (
        <ul class="cells">{shown.map((p) => <li key={p}><a href={address("p", atlas.core.sym[p])}><Picture atlas={atlas} protein={p} /><span>{atlas.core.sym[p]}</span></a></li>)}</ul>
      ) : <p class="soft none">None of its members has an image.</p>}
      {shown.length < pictured.length && <button type="button" class="more" onClick={() => setAll(true)}>Show all {whole(pictured.length)}</button>}
    </Section>
  );
}

/** Where the map has no images: those of the Human Protein Atlas, which no page may load by itself. */
function Elsewhere({ atlas, row }: { atlas: Atlas; row: number }) {
  const symbols = [...atlas.members(row)].map((p) => atlas.core.sym[p]!).slice(0, 60);
  return (
    <Section id="looks" title="What its members look like" about="This map was made without images. The links open the page of each protein in the Human Protein Atlas, which may show where it was seen.">
      <p class="with">Protein Atlas: {symbols.map((name, k) => <span key={name}>{k ? ", " : ""}<a href={`https://www.proteinatlas.org/search/${encodeURIComponent(name)}`} rel="noopener noreferrer" target="_blank">{name}</a></span>)}{atlas.cols.size[row]! > symbols.length ? " …" : ""}</p>
    </Section>
  );
}

function Terms({ atlas, row, detail }: { atlas: Atlas; row: number; detail: Detail }) {
  const size = atlas.cols.size[row]!;
  const terms = detail.terms!;
  const bars = atlas.core.criteria;
  return (
    <Section id="terms" title="What is known of it" about={`Known sets that members are enriched in (FDR below ${written(bars["terms.fdr"])}, Jaccard at least ${written(bars["terms.jaccard"])}), the most alike first. New here: members of the assembly that the known set lacks.`}
      tools={<button type="button" onClick={() => saveTsv(`${atlas.cols.id[row]}_terms`, ["reference", "term", "name", "overlap", "jaccard", "fdr", "genes"], terms.map((t) => [t.ref, t.term, t.name, t.overlap, t.jac, t.fdr, t.genes.map((p) => atlas.core.sym[p]).join(" ")]))}>TSV</button>}>
      <div class="scroller low" tabIndex={0} role="region" aria-label="Known sets">
        <table class="grid">
          <thead><tr><th scope="col">Known set</th><th scope="col">Source</th><th scope="col" class="n">Shared</th><th scope="col" class="n">Jaccard</th><th scope="col" class="n">FDR</th><th scope="col">Members that it holds</th><th scope="col">New here</th></tr></thead>
          <tbody>{terms.map((t) => {
            const inside = new Set(t.genes);
            const fresh = [...atlas.members(row)].filter((p) => !inside.has(p)).map((p) => atlas.core.sym[p]!);
            const link = termLink(t.ref, t.term);
            return (
              <tr key={t.ref + t.term}>
                <td class="words">{link ? <a href={link} rel="noopener noreferrer" target="_blank">{t.name}</a> : t.name}</td><td>{atlas.core.references[t.ref] ?? t.ref}</td>
                <td class="n"><Value of="overlap" n={t.overlap} text={`${t.overlap} of ${whole(size)}`} /></td><td class="n"><Value of="term.jac" n={t.jac} text={fixed(t.jac)} /></td><td class="n"><Value of="term.fdr" n={t.fdr} text={small(t.fdr)} /></td>
                <td class="genes">{some([...t.genes].map((p) => atlas.core.sym[p]!))}</td><td class="genes">{t.genes.length ? some(fresh) : "–"}</td>
              </tr>
            );
          })}</tbody>
        </table>
      </div>
    </Section>
  );
}

function some(names: string[]): string {
  return names.length > 14 ? `${names.slice(0, 12).join(", ")} and ${whole(names.length - 12)} more` : names.join(", ") || "none";
}

function Provenance({ atlas, row }: { atlas: Atlas; row: number }) {
  const { made, files } = atlas.core;
  return (
    <Section id="made" title="Where it comes from">
      <dl class="facts">
        <div><dt>Map</dt><dd>{atlas.core.title}</dd></div>
        <div><dt>Assembly</dt><dd>{atlas.cols.id[row]} <span class="soft">address {atlas.cols.uid[row]}, from its members alone</span></dd></div>
        <div><dt>Made by</dt><dd>Cytoweave {made.version}{made.seed !== null ? `, seed ${String(made.seed)}` : ""}</dd></div>
        {made.command && <div><dt>Command</dt><dd><code>{made.command}</code></dd></div>}
        {files.length > 0 && <div><dt>Files</dt><dd>{files.map((name, k) => <span key={name}>{k ? ", " : ""}<a href={`../${name}`}>{name}</a></span>)}</dd></div>}
      </dl>
    </Section>
  );
}
