"use strict";
// The page of a map, below plots.js: the table of assemblies, and the search for a protein.
(() => {
  const { data, draw } = cytoweave;
  const assemblies = data.assemblies;
  const make = (tag, text, name) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (name) node.className = name;
    return node;
  };
  const link = (text, address) => {
    const node = make("a", text);
    node.href = address;
    return node;
  };
  const plain = (name) => name.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const reduced = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // The table of assemblies: sorted, searched, opened row by row.
  const table = document.getElementById("assembly-table");
  const body = table.tBodies[0];
  const search = document.getElementById("assembly-search");
  const kind = document.getElementById("assembly-class");
  const count = document.getElementById("assembly-count");
  const more = document.getElementById("assembly-more");
  const PAGE = 25;
  let key = "size", falling = true, shown = PAGE, hits = [];
  const text = assemblies.map((a) => [a.id, a.label, a.term, a.description].join(" ").toLowerCase());
  const words = () => search.value.toLowerCase().split(/[\s,;]+/).filter(Boolean);
  const lower = data.proteins.map((name) => name.toLowerCase());
  const memberNames = assemblies.map((a) => new Set(a.members.map((k) => lower[k])));

  const matches = (k, wanted) => wanted.every((word) => memberNames[k].has(word) || text[k].includes(word) ||
    assemblies[k].members.some((m) => lower[m].startsWith(word)));
  const order = (a, b) => {
    const x = assemblies[a][key], y = assemblies[b][key];
    if (x === y) return a - b;
    if (x === null || x === "") return 1;
    if (y === null || y === "") return -1;
    return (x < y ? -1 : 1) * (falling ? -1 : 1);
  };
  const cell = (row, value, name, small) => {
    const node = row.insertCell();
    node.className = name || "";
    node.textContent = value === null || value === undefined ? "" : value;
    if (small) node.append(make("small", small));
    return node;
  };
  const swatch = (a) => {
    const mark = make("span", undefined, `swatch ${a.class}`);
    mark.title = a.class;
    return mark;
  };

  const details = (k, wanted) => {
    const a = assemblies[k];
    const shared = new Set(a.genes);
    const box = make("div");
    const list = make("p", undefined, "members");
    a.members.map((m) => data.proteins[m]).sort().forEach((name) => {
      const item = make("span");
      item.append(data.portal ? link(name, `portal/index.html#/p/${encodeURIComponent(name)}`) : name);
      if (shared.has(name)) item.classList.add("shared");
      if (wanted.some((word) => name.toLowerCase().startsWith(word))) item.classList.add("hit");
      list.append(item, " ");
    });
    const above = a.parents.map((p) => (p < 0 ? "the root" : `${assemblies[p].label} (${assemblies[p].id})`)).join("; ");
    const below = assemblies.filter((b) => b.parents.includes(k)).map((b) => `${b.label} (${b.id})`).join("; ");
    const where = make("p", `Inside: ${above}.` + (below ? ` Holds: ${below}.` : ""));
    if (data.portal) where.append(" ", link("Its evidence in the portal", `portal/index.html#/a/${encodeURIComponent(a.uid)}`));
    box.append(where);
    if (shared.size) {
      const about = make("p", `${shared.size} of ${a.size} proteins belong to ${a.description || a.term} (in bold). `);
      if (a.term_link) about.append(link(a.term, a.term_link));
      box.append(about);
    }
    box.append(list);
    return box;
  };
  const toggle = (row, k, button) => {
    const next = row.nextElementSibling;
    const isOpen = next && next.classList.contains("details");
    button.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) { next.remove(); return; }
    const opened = make("tr", undefined, "details");
    const inside = opened.insertCell();
    inside.colSpan = row.cells.length;
    inside.className = "open";
    inside.append(details(k, words()));
    row.after(opened);
  };
  const addRow = (k) => {
    const a = assemblies[k], row = body.insertRow();
    row.className = "row";
    row.id = `assembly-${k}`;
    const name = row.insertCell(), button = make("button", a.label, "toggle");
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    name.className = "called";
    if (data.scored) name.append(swatch(a));
    name.append(button);
    if (a.label !== a.id) name.append(make("small", a.id));
    cell(row, a.size.toLocaleString("en"), "n");
    cell(row, a.nm_text, "n", a.nm_range);
    cell(row, a.persistence.toLocaleString("en"), "n");
    if (data.has_stability) cell(row, a.stability === null ? "" : a.stability.toFixed(2), "n");
    if (data.scored) {
      cell(row, a.description || a.term, "term", [a.reference, a.term === a.description ? "" : a.term].filter(Boolean).join(", "));
      cell(row, a.jaccard === null ? "" : a.jaccard.toFixed(2), "n");
      cell(row, a.fdr_text, "n");
    }
    if (data.has_sec) cell(row, a.sec_text, "n");
    row.addEventListener("click", () => { if (!String(window.getSelection())) toggle(row, k, button); });
    return [row, button];
  };
  const fill = () => {
    body.replaceChildren();
    hits.slice(0, shown).forEach(addRow);
    count.textContent = `${hits.length.toLocaleString("en")} of ${assemblies.length.toLocaleString("en")} assemblies`;
    more.hidden = hits.length <= shown;
    more.textContent = `Show all ${hits.length.toLocaleString("en")}`;
  };
  const refresh = () => {
    const wanted = words(), only = kind ? kind.value : "";
    shown = PAGE;
    hits = assemblies.map((_, k) => k).filter((k) => (!only || assemblies[k].class === only) && matches(k, wanted)).sort(order);
    fill();
  };
  const open = (k) => {
    if (!hits.includes(k)) { search.value = ""; if (kind) kind.value = ""; refresh(); }
    if (hits.indexOf(k) >= shown) { shown = hits.length; fill(); }
    const row = document.getElementById(`assembly-${k}`), button = row.querySelector(".toggle");
    if (button.getAttribute("aria-expanded") !== "true") toggle(row, k, button);
    row.scrollIntoView({ block: "center", behavior: reduced ? "auto" : "smooth" });
    button.focus({ preventScroll: true });
  };
  table.querySelectorAll("th button").forEach((button) => button.addEventListener("click", () => {
    falling = key === button.dataset.key ? !falling : button.dataset.falling === "1";
    key = button.dataset.key;
    table.querySelectorAll("th[aria-sort]").forEach((head) => head.setAttribute("aria-sort", "none"));
    button.closest("th").setAttribute("aria-sort", falling ? "descending" : "ascending");
    refresh();
  }));
  search.addEventListener("input", refresh);
  if (kind) kind.addEventListener("change", refresh);
  more.addEventListener("click", () => { shown = hits.length; fill(); });
  document.querySelectorAll("a[data-assembly]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    open(Number(link.dataset.assembly));
  }));
  refresh();

  // One protein: its assemblies from the smallest up, and its place in the embedding.
  const finder = document.getElementById("protein-search"), found = document.getElementById("found");
  const also = data.names ? data.names.map((names) => names.toLowerCase().split("|").filter(Boolean)) : lower.map(() => []);
  const rowOf = new Map(lower.map((name, k) => [name, k]));
  const mark = (k) => {
    const place = document.getElementById("plot-embedding");
    if (!place) return;
    draw(place).then(() => {
      const last = place.data.length - 1;
      if (place.data[last].name === "marked") Plotly.deleteTraces(place, last);
      if (k === null) return;
      Plotly.addTraces(place, {
        x: [data.layout[0][k]], y: [data.layout[1][k]], mode: "markers+text", name: "marked", showlegend: false,
        text: [plain(data.proteins[k])], textposition: "top center", textfont: { size: 15 }, hoverinfo: "skip",
        marker: { size: 17, color: "rgba(0,0,0,0)", line: { width: 3, color: "#b4231f" } },
      });
    });
  };
  // A protein by its symbol, else by an alias or accession that is its alone.
  const called = (wanted) => {
    if (rowOf.has(wanted)) return rowOf.get(wanted);
    const hits = also.map((names, k) => k).filter((k) => also[k].includes(wanted));
    return hits.length === 1 ? hits[0] : undefined;
  };
  const links = (k) => {
    const symbol = encodeURIComponent(data.proteins[k]), accession = (data.accessions || [])[k];
    return [
      ...(data.portal ? [["Portal", `portal/index.html#/p/${symbol}`]] : []),
      ["UniProt", accession ? `https://www.uniprot.org/uniprotkb/${accession}` : `https://www.uniprot.org/uniprotkb?query=gene:${symbol}+AND+organism_id:9606`],
      ["Protein Atlas", `https://www.proteinatlas.org/search/${symbol}`],
    ];
  };
  // What a word that is no protein may mean: proteins that begin so or are called so, assemblies.
  const offer = (wanted) => {
    const begin = lower.map((_, k) => k).filter((k) => lower[k].startsWith(wanted) || also[k].some((name) => name.startsWith(wanted))).slice(0, 8);
    const named = assemblies.map((_, k) => k).filter((k) => text[k].includes(wanted)).slice(0, 8);
    if (begin.length) found.append(make("p", `Proteins that begin so: ${begin.map((k) => data.proteins[k]).join(", ")}`));
    if (named.length) {
      const list = make("ol");
      named.forEach((k) => {
        const item = make("li"), jump = link(assemblies[k].label, "#assemblies");
        jump.addEventListener("click", (event) => { event.preventDefault(); open(k); });
        item.append(jump, ` (${assemblies[k].size.toLocaleString("en")} proteins; ${assemblies[k].description || assemblies[k].id})`);
        list.append(item);
      });
      found.append(make("p", "Assemblies that are called so or come near a set of that name:"), list);
    }
    if (!begin.length && !named.length) found.append(make("p", "No protein and no assembly of this map is called so."));
  };
  const find = () => {
    const wanted = finder.value.trim().toLowerCase();
    found.replaceChildren();
    if (!wanted) { mark(null); return; }
    const k = called(wanted);
    if (k === undefined) {
      offer(wanted);
      mark(null);
      return;
    }
    const mine = assemblies.map((a, i) => i).filter((i) => assemblies[i].members.includes(k)).sort((a, b) => assemblies[a].size - assemblies[b].size);
    found.append(make("p", mine.length ? `${data.proteins[k]} is in ${mine.length} assemblies, from the smallest up:` : `${data.proteins[k]} is in the map but in no assembly.`));
    const list = make("ol");
    mine.forEach((i) => {
      const item = make("li"), jump = link(assemblies[i].label, "#assemblies");
      jump.addEventListener("click", (event) => { event.preventDefault(); open(i); });
      item.append(jump, ` (${assemblies[i].size.toLocaleString("en")} proteins, ${assemblies[i].nm_text})`);
      list.append(item);
    });
    found.append(list);
    const about = make("p", data.names ? `${data.names[k].split("|")[0]} ` : "", "about");
    links(k).forEach(([text, address]) => about.append(link(text, address), " "));
    found.append(about);
    mark(k);
  };
  finder.addEventListener("input", find);
})();
