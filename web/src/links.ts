// Other databases; the addresses hold a name and nothing else.

export interface Names { name: string; aliases: string[]; uniprot: string[]; ensembl: string; hgnc: string; entrez: string }

const enc = encodeURIComponent;

export function proteinLinks(symbol: string, names: Names | null): [string, string][] {
  const found: [string, string][] = [];
  const accession = names?.uniprot[0];
  if (accession) found.push(["UniProt", `https://www.uniprot.org/uniprotkb/${enc(accession)}`], ["AlphaFold DB", `https://alphafold.ebi.ac.uk/entry/${enc(accession)}`],
    ["Complex Portal", `https://www.ebi.ac.uk/complexportal/complex/search?query=${enc(accession)}`]);
  else found.push(["UniProt", `https://www.uniprot.org/uniprotkb?query=gene:${enc(symbol)}+AND+organism_id:9606`]);
  found.push(["Protein Atlas", `https://www.proteinatlas.org/${names?.ensembl ? enc(names.ensembl) : `search/${enc(symbol)}`}`]);
  if (names?.hgnc) found.push(["HGNC", `https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/${enc(names.hgnc)}`]);
  if (names?.ensembl) found.push(["Ensembl", `https://www.ensembl.org/Homo_sapiens/Gene/Summary?g=${enc(names.ensembl)}`]);
  if (names?.entrez) found.push(["NCBI Gene", `https://www.ncbi.nlm.nih.gov/gene/${enc(names.entrez)}`]);
  found.push(["OpenCell", `https://opencell.czbiohub.org/gallery?q=${enc(symbol)}`], ["STRING", `https://string-db.org/network/9606.${enc(symbol)}`],
    ["BioGRID", `https://thebiogrid.org/search.php?search=${enc(symbol)}&organism=9606`]);
  return found;
}

export function setLinks(symbols: string[]): [string, string][] {
  const few = symbols.slice(0, 300);
  return [
    ["g:Profiler", `https://biit.cs.ut.ee/gprofiler/gost?organism=hsapiens&query=${few.map(enc).join("%0A")}`],
    ["STRING", `https://string-db.org/cgi/network?species=9606&identifiers=${few.slice(0, 100).map(enc).join("%0d")}`],
  ];
}

/** The page of a known set in the database it comes from, where that is known. */
export function termLink(reference: string, term: string): string | null {
  if (/^GO:\d{7}$/.test(term)) return `https://amigo.geneontology.org/amigo/term/${term}`;
  if (reference === "corum" && /^\d+$/.test(term)) return `https://mips.helmholtz-muenchen.de/corum/?id=${term}`;
  return null;
}
