// One box that finds proteins by symbol, alias, accession or name, assemblies and terms.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { load, type Atlas, type NameColumns, type TermRow } from "./data";
import { unsized, whole } from "./format";
import { address, go } from "./route";

export interface Found { kind: "assembly" | "protein" | "term"; words: string; about: string; hash: string; rank: number }

const MOST = 12;

export class Finder {
  private names: NameColumns | null = null;
  private terms: TermRow[] = [];
  private lines: { protein: number; words: string[]; full: string }[] = [];
  private readonly symbols: string[];
  private readonly titles: string[];
  constructor(private readonly atlas: Atlas) {
    this.symbols = atlas.core.sym.map((name) => name.toLowerCase());
    this.titles = atlas.cols.name.map((name, row) => `${name} ${atlas.cols.id[row]} ${atlas.cols.uid[row]} ${atlas.cols.known[row] ? "" : atlas.cols.term[row]}`.toLowerCase());
  }
  async prepare(): Promise<void> {
    const [names, terms] = await Promise.all([load<NameColumns>("names"), load<TermRow[]>("terms")]);
    this.terms = terms;
    if (this.names) return;
    this.names = names;
    (names.protein ?? []).forEach((symbol, k) => {
      const protein = this.atlas.protein(symbol);
      if (protein === undefined) return;
      const codes = ["aliases", "uniprot", "ensembl", "hgnc", "entrez"].flatMap((key) => (names[key]?.[k] ?? "").split("|")).filter(Boolean);
      this.lines.push({ protein, words: codes.map((word) => word.toLowerCase()), full: (names.name?.[k] ?? "").toLowerCase() });
    });
  }
  find(text: string): Found[] {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const { atlas } = this;
    const found: Found[] = [];
    const proteins = new Map<number, [number, string]>();
    const note = (protein: number, rank: number, about: string) => {
      const known = proteins.get(protein);
      if (!known || known[0] > rank) proteins.set(protein, [rank, about]);
    };
    this.symbols.forEach((name, row) => {
      if (name === wanted) note(row, 0, "");
      else if (name.startsWith(wanted)) note(row, 2 + name.length / 100, "");
      else if (wanted.length > 2 && name.includes(wanted)) note(row, 6, "");
    });
    for (const { protein, words, full } of this.lines) {
      const word = words.find((one) => one === wanted);
      if (word) note(protein, 1, word.toUpperCase());
      else if (wanted.length > 3 && full.includes(wanted)) note(protein, 5 + full.length / 1000, full);
      else {
        const begins = wanted.length > 2 ? words.find((one) => one.startsWith(wanted)) : undefined;
        if (begins) note(protein, 4, begins.toUpperCase());
      }
    }
    for (const [protein, [rank, about]] of proteins) {
      const symbol = atlas.core.sym[protein]!;
      const smallest = atlas.assembliesOf(protein)[0];
      const place = smallest === undefined ? "in no assembly" : `in ${atlas.cols.name[smallest]}`;
      found.push({ kind: "protein", words: symbol, about: about ? `${about} · ${place}` : place, hash: address("p", symbol), rank });
    }
    this.titles.forEach((title, row) => {
      const at = row ? title.indexOf(wanted) : -1;
      if (at < 0) return;
      const name = atlas.cols.name[row]!;
      const exact = unsized(name).toLowerCase() === wanted || atlas.cols.id[row]!.toLowerCase() === wanted;
      found.push({ kind: "assembly", words: name, about: `${whole(atlas.cols.size[row]!)} proteins · ${atlas.cols.id[row]}`, hash: address("a", atlas.address(row)), rank: exact ? 0.5 : at === 0 ? 1.5 : 3 });
    });
    for (const [ref, term, name, row] of this.terms) {
      if (!name.toLowerCase().includes(wanted) && term.toLowerCase() !== wanted) continue;
      if (unsized(atlas.cols.name[row]!) === name) continue;
      found.push({ kind: "term", words: name || term, about: `${atlas.core.references[ref] ?? ref} · closest: ${atlas.cols.name[row]}`, hash: address("a", atlas.address(row)), rank: term.toLowerCase() === wanted ? 1 : 4.5 });
    }
    return found.sort((a, b) => a.rank - b.rank || a.words.localeCompare(b.words)).slice(0, MOST);
  }
}

const KINDS = { protein: "protein", assembly: "assembly", term: "known set" };

export function Search({ atlas }: { atlas: Atlas }) {
  const finder = useMemo(() => new Finder(atlas), [atlas]);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [ready, setReady] = useState(false);
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const slash = (event: KeyboardEvent) => {
      const inText = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName);
      if (event.key === "/" && !inText && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        ref.current?.focus();
      }
    };
    window.addEventListener("keydown", slash);
    return () => window.removeEventListener("keydown", slash);
  }, []);
  const found = useMemo(() => (open ? finder.find(text) : []), [finder, text, open, ready]);
  const chosen = (one: Found) => {
    go(one.hash);
    setOpen(false);
    setText("");
    ref.current?.blur();
    document.getElementById("main")?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter" && found[at]) chosen(found[at]);
    else if (event.key === "Escape") { setOpen(false); ref.current?.blur(); }
    else return;
    event.preventDefault();
  };
  const shown = open && text.trim().length > 0;
  return (
    <div class="search" role="search">
      <input ref={ref} id="search" type="text" placeholder="Search protein, complex, accession, term" autocomplete="off" spellcheck={false} role="combobox"
        aria-label="Search proteins, assemblies and terms" aria-expanded={shown} aria-controls="found" aria-autocomplete="list"
        aria-activedescendant={shown && found[at] ? `found-${at}` : undefined} value={text}
        onInput={(e) => { setText(e.currentTarget.value); setAt(0); setOpen(true); }}
        onFocus={() => { setOpen(true); void finder.prepare().then(() => setReady(true), () => setReady(true)); }}
        onBlur={() => setTimeout(() => setOpen(false), 150)} onKeyDown={keyed} />
      <kbd aria-hidden="true">/</kbd>
      <div id="found" class="found" role="listbox" aria-label="Found" hidden={!shown || !found.length}>
        {shown && found.map((one, k) => (
          <div key={one.kind + one.hash + one.words} id={`found-${k}`} role="option" aria-selected={k === at} class={k === at ? "at" : ""}
            onMouseDown={(e) => { e.preventDefault(); chosen(one); }} onMouseMove={() => setAt(k)}>
            <span class="what-kind">{KINDS[one.kind]}</span><b>{one.words}</b><span class="soft">{one.about}</span>
          </div>
        ))}
      </div>
      {shown && !found.length && (
        <div class="found" role="status"><div class="none">{ready ? "Nothing of this map is called so. Try a symbol, an accession or a word of a complex's name." : "Searching …"}</div></div>
      )}
    </div>
  );
}
