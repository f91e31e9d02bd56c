// The page: what the address asks for is shown; there is no other state.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Assembly } from "./assembly";
import { Compare } from "./compare";
import { Contrasts } from "./contrast";
import { Atlas, expect, put, type Core } from "./data";
import { Protein } from "./protein";
import { Finder, Search, type Found } from "./search";
import { useRoute, type Route } from "./route";
import { Scatter } from "./scatter";
import { Start } from "./start";
import { Table } from "./table";
import { Tree } from "./tree";

window.cw = { put };

function App({ atlas }: { atlas: Atlas }) {
  const route = useRoute();
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    const keyed = (event: KeyboardEvent) => {
      const inText = /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName);
      if (event.key === "?" && !inText) setHelp(true);
      if (event.key === "Escape") setHelp(false);
    };
    window.addEventListener("keydown", keyed);
    return () => window.removeEventListener("keydown", keyed);
  }, []);
  useEffect(() => {
    document.body.dataset.view = route.view;
    document.body.dataset.ready = "yes";
  });
  useEffect(() => { window.scrollTo(0, 0); }, [route.view, route.id]);
  const tabs: [string, string, boolean][] = [
    ["c", "Cell", true], ["tree", "Tree", true], ["t", "Table", true], ["u", "Proteins", atlas.umap !== null], ["contrast", "Contrast", atlas.core.contrasts.length > 0], ["compare", "Compare", atlas.core.compared !== null],
  ];
  return (
    <>
      <a class="skip" href={location.hash || "#/"} onClick={(e) => { e.preventDefault(); main.current?.focus(); }}>To the content</a>
      <header class="banner">
        <a class="brand" href="#/c"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><circle cx="12" cy="12" r="10.5" /><circle cx="9" cy="10" r="4.5" /><circle cx="16" cy="14.5" r="3" /></svg><span>{atlas.core.title}</span></a>
        <Search atlas={atlas} />
        <nav class="tabs" aria-label="Views">
          {tabs.filter(([, , there]) => there).map(([view, words]) => <a key={view} href={`#/${view}`} aria-current={route.view === view ? "page" : undefined}>{words}</a>)}
          <button type="button" class="ask" aria-label="Help" onClick={() => setHelp(true)}>?</button>
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1}><Shown atlas={atlas} route={route} /></main>
      {help && <Help close={() => setHelp(false)} atlas={atlas} />}
    </>
  );
}

function Shown({ atlas, route }: { atlas: Atlas; route: Route }) {
  const { view, id } = route;
  if (view === "c") return <Start atlas={atlas} route={route} />;
  if (view === "tree") return <Tree atlas={atlas} route={route} />;
  if (view === "t") return <Table atlas={atlas} route={route} />;
  if (view === "u" && atlas.umap) return <Scatter atlas={atlas} route={route} />;
  if (view === "compare" && atlas.core.compared !== null) return <Compare atlas={atlas} route={route} />;
  if (view === "contrast" && atlas.core.contrasts.length > 0) return <Contrasts atlas={atlas} route={route} />;
  if (view === "a") {
    const row = atlas.assembly(id);
    if (row !== undefined && row > 0) return <Assembly key={row} atlas={atlas} row={row} route={route} />;
  }
  if (view === "p") {
    const protein = atlas.protein(id);
    if (protein !== undefined) return <Protein key={protein} atlas={atlas} protein={protein} />;
  }
  return <Unknown atlas={atlas} words={id || view} />;
}

function Unknown({ atlas, words }: { atlas: Atlas; words: string }) {
  const [found, setFound] = useState<Found[]>([]);
  useEffect(() => {
    const finder = new Finder(atlas);
    const look = () => setFound(finder.find(words));
    finder.prepare().then(look, look);
  }, [words]);
  return (
    <div class="page">
      <h1>Not in this map</h1>
      <p>This map has nothing at the address <q>{words}</q>. It may belong to another map.</p>
      {found.length > 0 && <><p>It may be one of these:</p><ul>{found.map((one) => <li key={one.hash}><a href={one.hash}>{one.words}</a> <span class="soft">{one.about}</span></li>)}</ul></>}
      <p><a href="#/c">To the whole cell</a></p>
    </div>
  );
}

function Help({ close, atlas }: { close: () => void; atlas: Atlas }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => { ref.current?.showModal(); }, []);
  const keys: [string, string][] = [["/", "search"], ["arrows", "part, whole, neighbours in cell view and tree"], ["Enter", "open what is chosen"], ["space", "zoom to it"], ["Esc", "out, or close"], ["+ −", "zoom"], ["?", "this help"]];
  return (
    <dialog ref={ref} class="help" aria-labelledby="help-h" onClose={close} onClick={(e) => { if (e.target === ref.current) close(); }}>
      <div class="head"><h2 id="help-h">How to read this map</h2><button type="button" class="close" aria-label="Close help" onClick={close}>×</button></div>
      <p>Assemblies are groups of proteins that belong together by all measurements; small ones are complexes, large ones compartments. Each is inside another. Start at a protein you know: type its name, open the smallest assembly that holds it, and see what holds that together.</p>
      <p>Every view has an address of its own, so the link in the browser's bar can be sent to anybody who has this folder.</p>
      <dl class="keys">{keys.map(([key, words]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{words}</dd></div>)}</dl>
      {atlas.core.files.length > 0 && <p>The run itself: {atlas.core.files.map((name, k) => <span key={name}>{k ? ", " : ""}<a href={`../${name}`}>{name}</a></span>)}</p>}
      <p class="soft">Made by Cytoweave {atlas.core.made.version}. Nothing of this page is sent anywhere.</p>
    </dialog>
  );
}

function failed(why: Error): void {
  const place = document.getElementById("app")!;
  const words = document.createElement("p");
  words.className = "problem";
  words.setAttribute("role", "alert");
  words.textContent = why.message;
  place.replaceChildren(words);
  document.body.dataset.failed = "yes";
}

const core = expect<Core>("core");
core.then((found) => render(<App atlas={new Atlas(found)} />, document.getElementById("app")!), failed);
window.addEventListener("load", () => {
  if (!document.body.dataset.ready && !document.body.dataset.failed) void Promise.race([core, new Promise((_, no) => setTimeout(() => no(new Error("data/core.js is missing. Copy the whole folder.")), 3000))]).catch(failed);
});
