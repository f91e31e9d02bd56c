// The page of a protein: where it is, who is near it by each measurement, what else it is called.
import { useEffect, useState } from "preact/hooks";
import { Rows } from "./card";
import { evidenceName, lineOf } from "./colors";
import { load, u8, type Atlas, type NameColumns, type ProteinDetail } from "./data";
import { fixed, whole } from "./format";
import { proteinLinks, type Names } from "./links";
import { AssemblyLink, Badge, ContrastLink, CopyButton, linkHere, Picture, Problem, ProteinLink, Section } from "./parts";
import { Profiles } from "./profiles";
import { address } from "./route";

function namesOf(columns: NameColumns, symbol: string): Names | null {
  const k = (columns.protein ?? []).indexOf(symbol);
  if (k < 0) return null;
  const one = (key: string) => columns[key]?.[k] ?? "";
  const list = (key: string) => one(key).split("|").filter(Boolean);
  return { name: one("name"), aliases: list("aliases"), uniprot: list("uniprot"), ensembl: one("ensembl"), hgnc: one("hgnc"), entrez: one("entrez") };
}

export function Protein({ atlas, protein }: { atlas: Atlas; protein: number }) {
  const symbol = atlas.core.sym[protein]!;
  const [detail, setDetail] = useState<ProteinDetail | null>(null);
  const [names, setNames] = useState<Names | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    setDetail(null);
    setNames(null);
    delete document.body.dataset.detail;
    atlas.proteinDetail(protein).then((found) => { setDetail(found); document.body.dataset.detail = symbol; }, setError);
    void load<NameColumns>("names").then((columns) => setNames(namesOf(columns, symbol)), () => {});
  }, [atlas, protein]);
  const held = atlas.assembliesOf(protein);
  const measured = atlas.evidence.filter((one) => one.kind !== "fused");
  return (
    <article class="page protein">
      <header class="top">
        <div class="withpicture">
          <Picture atlas={atlas} protein={protein} side={144} />
          <div>
            <h1>{symbol}</h1>
            {names?.name && <p class="why">{names.name}</p>}
            {names && names.aliases.length > 0 && <p class="soft">Also {names.aliases.join(", ")}</p>}
            <p class="facts">{measured.map((one) => <span key={one.key} class={`evidence ${one.present[protein] ? "" : "absent"}`}><i style={{ backgroundColor: one.present[protein] ? lineOf(one.kind).color : "transparent" }} />{evidenceName(one)}{one.present[protein] ? "" : ": not measured"}</span>)}</p>
          </div>
        </div>
        <div class="tools wrap">
          {held[0] !== undefined && <a class="button" href={address("c", "", { s: atlas.address(held[0]) })}>Show in the cell</a>}
          <CopyButton text={linkHere}>Copy link</CopyButton>
          {proteinLinks(symbol, names).map(([name, url]) => <a key={name} class="button out" href={url} rel="noopener noreferrer" target="_blank">{name}</a>)}
        </div>
      </header>
      {error && <Problem error={error} />}
      {atlas.pictures(protein).length > 1 && (
        <Section id="cells" title="What its cells look like" about="Images of the protein, from different fields and antibodies where there are. Microtubules red, the protein green, nucleus blue, endoplasmic reticulum yellow, as far as they were stained. Brightness is scaled for display: compare locations, not brightness.">
          <ul class="cells">{atlas.pictures(protein).map((_, k) => <li key={k}><Picture atlas={atlas} protein={protein} side={192} which={k} /></li>)}</ul>
        </Section>
      )}
      <Section id="where" title="Where it is" about="The assemblies that contain the protein, the smallest first: from its complex to its compartment.">
        {held.length ? (
          <ol class="chain">{held.map((row) => (
            <li key={row}>
              <span class="headline"><AssemblyLink atlas={atlas} row={row} /> <span class="soft">{whole(atlas.cols.size[row]!)} proteins</span> <Badge kind={atlas.cols.kind[row]!} /></span>
              <span class="soft with">with {[...atlas.members(row)].filter((p) => p !== protein).slice(0, 12).map((p, k) => <span key={p}>{k ? ", " : ""}<ProteinLink name={atlas.core.sym[p]!} /></span>)}{atlas.cols.size[row]! > 13 ? " …" : ""}</span>
            </li>
          ))}</ol>
        ) : <p class="soft none">The map places it in no assembly below the whole.</p>}
      </Section>
      {detail?.near && (
        <Section id="near" title="Nearest neighbours" about="By each measurement, and by all together. Interactions carry their weight as given, similarities the cosine of the two proteins' vectors. Proteins in the smallest assembly with this one are bold.">
          <div class="near">{atlas.evidence.filter((one) => detail.near?.[one.key]).map((one) => {
            const inside = new Set(held[0] === undefined ? [] : atlas.members(held[0]));
            return (
              <div key={one.key}>
                <h3 class="evidence"><i style={{ backgroundColor: lineOf(one.kind).color }} />{evidenceName(one)}</h3>
                <ol>{detail.near![one.key]!.map(([row, value]) => <li key={row} class={inside.has(row) ? "inside" : ""}><ProteinLink name={atlas.core.sym[row]!} /><span class="n soft">{fixed(value, 3)}</span></li>)}</ol>
              </div>
            );
          })}</div>
        </Section>
      )}
      {detail?.prof?.map((prof) => (
        <Section key={prof.key} id={`prof-${prof.key}`} title={`How it elutes (${prof.key})`}><Profiles lines={[{ name: symbol, values: Array.from(u8(prof.values), (v) => v / 255) }]} /></Section>
      ))}
      {detail?.answers?.map((one) => (
        <Section key={one.use} id={`use-${one.use}`} title={one.title} tools={<><ContrastLink atlas={atlas} use={one.use} query={{ q: symbol }} /><span class="badge machine">computed: {one.use}</span></>}>
          <Rows rows={one.rows.map((cells) => Object.fromEntries(one.columns.map((name, k) => [name, cells[k] ?? null])))} isProtein={(name) => atlas.protein(name) !== undefined} />
        </Section>
      ))}
    </article>
  );
}
