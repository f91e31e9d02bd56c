"""Public sources in miniature: a few complexes, in files laid out as the originals are.

Headers, separators, comment lines, quoting and packing are those of the sources; the proteins are
36 real symbols in six complexes and two locations. Images are drawn.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from cytoweave.nodes.conf import conf_folder

from .server import Answer, Reply, Request, Served, whole

COMPLEXES = {
    "26S proteasome": ["PSMA1", "PSMA2", "PSMA3", "PSMB1", "PSMB2", "PSMC1"],
    "MCM complex": ["MCM2", "MCM3", "MCM4", "MCM5", "MCM6", "MCM7"],
    "Exosome": ["EXOSC1", "EXOSC2", "EXOSC3", "EXOSC4", "EXOSC5", "DIS3"],
    "CCT complex": ["TCP1", "CCT2", "CCT3", "CCT4", "CCT5", "CCT8"],
    "Prefoldin": ["PFDN1", "PFDN2", "PFDN4", "PFDN5", "PFDN6", "VBP1"],
    "COPI": ["COPA", "COPB1", "COPB2", "COPE", "COPG1", "ARCN1"],
}
PLACES = dict(zip(COMPLEXES, ["Nucleoplasm"] * 3 + ["Cytosol"] * 3, strict=True))
GENES = [gene for members in COMPLEXES.values() for gene in members]
NUMBER = {gene: number for number, gene in enumerate(GENES)}


def columns(text: str) -> list[str]:
    """Return the names of a header."""
    return text.split("|")


def ensg(gene: str) -> str:
    """Return an Ensembl gene for a symbol."""
    return f"ENSG{NUMBER[gene] + 1:011d}"


def accession(gene: str) -> str:
    """Return a UniProt accession for a symbol."""
    return f"P{10000 + NUMBER[gene]}"


def pairs() -> list[tuple[str, str]]:
    """Return the pairs within complexes, and a few between them."""
    inside = [p for members in COMPLEXES.values() for p in combinations(members, 2)]
    firsts = [members[0] for members in COMPLEXES.values()]
    return [*inside, *pairwise(firsts)]


def lines(*rows: list[str] | str, sep: str = "\t") -> bytes:
    """Return rows as a text file."""
    texts = [row if isinstance(row, str) else sep.join(row) for row in rows]
    return "".join(f"{text}\n" for text in texts).encode()


def hgnc() -> bytes:
    head = columns(
        "hgnc_id|symbol|name|locus_group|locus_type|status|location|location_sortable|alias_symbol|alias_name|prev_symbol|prev_name|gene_group|gene_group_id|date_approved_reserved|date_symbol_changed|date_name_changed|date_modified|entrez_id|ensembl_gene_id|vega_id|ucsc_id|ena|refseq_accession|ccds_id|uniprot_ids"
    )
    rows = []
    for gene in GENES:
        message = {
            "hgnc_id": f"HGNC:{NUMBER[gene] + 1}",
            "symbol": gene,
            "name": f'"{gene}, a protein"',
            "status": "Approved",
            "alias_symbol": f'"{gene}-A|{gene}-B"',
            "entrez_id": str(NUMBER[gene] + 100),
            "ensembl_gene_id": ensg(gene),
            "uniprot_ids": accession(gene),
        }
        rows.append([message.get(name, "") for name in head])
    return lines(head, *rows)


def corum5() -> bytes:
    head = ["complex_id", "complex_name", "synonyms", "organism", "cell_line"]
    head += ["subunits_uniprot_id", "subunits_gene_name"]
    rows = [
        [str(k), name, "None", "Human", "None", ";".join(map(accession, genes)), ";".join(genes)]
        for k, (name, genes) in enumerate(COMPLEXES.items())
    ]
    return lines(head, *rows, ["99", "Mouse thing", "None", "Mouse", "None", "Q1", "Psma1"])


def corum4() -> bytes:
    head = columns(
        "ComplexID|ComplexName|Organism|Synonyms|Cell line|subunits(UniProt "
        "IDs)|subunits(Entrez IDs)|Protein complex purification method|GO ID|GO "
        "description|FunCat ID|FunCat description|PubMed ID|Complex comment|Disease "
        "comment|Subunits comment|SWISSPROT organism|subunits(Protein name)|subunits(Gene "
        "name)|subunits(Gene name syn)"
    )
    rows = []
    for k, (name, genes) in enumerate(COMPLEXES.items()):
        message = {
            "ComplexID": str(k),
            "ComplexName": name,
            "Organism": "Human",
            "subunits(UniProt IDs)": ";".join(map(accession, genes)),
            "subunits(Gene name)": ";".join(genes),
        }
        rows.append([message.get(column, "None") for column in head])
    return lines(head, *rows)


def obo() -> bytes:
    text = "format-version: 1.2\ndata-version: releases/2026-06-15\nontology: go\n\n"
    terms = {"GO:0005575": ("cellular_component", None), "GO:0005634": ("nucleus", "GO:0005575")}
    terms["GO:0005829"] = ("cytosol", "GO:0005575")
    for k, name in enumerate(COMPLEXES):
        place = "GO:0005634" if PLACES[name] == "Nucleoplasm" else "GO:0005829"
        terms[f"GO:000{6000 + k}"] = (name, place)
    for term, (name, above) in terms.items():
        text += f"[Term]\nid: {term}\nname: {name}\nnamespace: cellular_component\n"
        text += f"is_a: {above} ! {terms[above][0]}\n\n" if above else "\n"
    return f"{text}[Typedef]\nid: part_of\nname: part of\n".encode()


def gaf() -> bytes:
    head = ["!gaf-version: 2.2", "!", "!generated-by: GOC", "!date-generated: 2026-08-05T08:00"]
    rows = [
        columns(
            f"UniProtKB|{accession(gene)}|{gene}|part_of|GO:000{6000 + k}|PMID:1|IDA||C|"
            f"{gene} protein|{gene}-A;X|protein|taxon:9606|20240101|UniProt||"
        )
        for k, genes in enumerate(COMPLEXES.values())
        for gene in genes
    ]
    return gzip.compress(lines(*head, *rows), mtime=0)


def hpa_locations() -> bytes:
    head = ["Gene", "Gene name", "Reliability", "Main location", "Additional location"]
    head += ["Extracellular location", "Enhanced", "Supported", "Approved", "Uncertain"]
    head += ["Single-cell variation intensity", "Single-cell variation spatial"]
    head += ["Cell cycle dependency", "GO id"]
    rows = [
        [ensg(g), g, "Supported", PLACES[name], "", "", "", PLACES[name], *[""] * 5, "GO:0005654"]
        for name, genes in COMPLEXES.items()
        for g in genes
    ]
    return zipped({"subcellular_location.tsv": lines(head, *rows)})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def hpa_xml(images: str) -> bytes:
    """Return the XML of all genes, its images at an address."""
    entries = []
    for gene in GENES:
        number, cells = NUMBER[gene], ""
        for line in ("U-2 OS", "HeLa"):
            shots = "".join(
                f"<image>{CHANNELS}<imageUrl>{images}/{number}/{800 + number}_{well}_{k}"
                "_blue_red_green.jpg</imageUrl></image>"
                for k, well in enumerate(("A1", "A1", "B2") if line == "U-2 OS" else ("C3",), 1)
            )
            cells += (
                f'<data><cellLine organName="x" cellosaurusID="CVCL_0042">{line}</cellLine>'
                f'<location status="main" GOId="GO:0005654">Nucleoplasm</location>'
                f"<assayImage>{shots}</assayImage></data>"
            )
        entries.append(
            f'<entry version="25.0" url="https://v25.proteinatlas.org/{ensg(gene)}">'
            f"<name>{gene}</name><synonym>x</synonym>"
            f'<identifier id="{ensg(gene)}" db="Ensembl" version="109.38"/>'
            '<cellExpression source="HPA" technology="ICC/IF">'
            '<verification type="reliability" description="y">supported</verification>'
            f'</cellExpression><antibody releaseDate="2010-01-01" id="HPA{number:06d}">'
            "<tissueExpression><data><assayImage><image><imageUrl>"
            f"{images}/{number}/1_A_1.jpg</imageUrl></image></assayImage></data>"
            "</tissueExpression>"
            '<cellExpression source="HPA" technology="ICC/IF"><summary type="cell"/>'
            f'<subAssay type="human">{cells}</subAssay></cellExpression></antibody></entry>'
        )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<proteinAtlas schemaVersion="2.6">\n'
    return gzip.compress(f"{head}{chr(10).join(entries)}\n</proteinAtlas>".encode(), mtime=0)


CHANNELS = '<channel color="blue">Nucleus</channel><channel color="green">Target protein</channel>'


def jpeg(path: str, side: int = 64) -> bytes:
    """Draw a channel of a field: the antibody's at the place of its complex."""
    number, name = path.split("/")[-2:]
    colour = name.removesuffix(".jpg").rpartition("_")[2]
    seed = int(number) * 7 + sum(map(ord, name))
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - side // 2
    nucleus = x**2 + y**2 < (side // 4) ** 2
    cell = x**2 + y**2 < (side // 2 - 2) ** 2
    group = int(number) // 6
    waves = np.sin(x * (group + 1) / 6) * np.sin(y * (group + 2) / 6) > 0.2
    shapes = {"blue": nucleus, "red": cell, "yellow": cell & ~nucleus}
    place = nucleus if group < 3 else cell & ~nucleus
    shape = shapes.get(colour, place & waves)
    pixels = 150.0 * shape + 20 * rng.random((side, side))
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, "JPEG", quality=90)
    return out.getvalue()


def cx2() -> bytes:
    """Return a network as NDEx gives it, names behind an alias."""
    declared = {"nodes": {"name": {"d": "string", "a": "n"}}, "edges": {"score": {"d": "double"}}}
    nodes = [{"id": k, "v": {"n": gene}} for gene, k in NUMBER.items()]
    edges = [
        {"id": k, "s": NUMBER[a], "t": NUMBER[b], "v": {"score": 0.9}}
        for k, (a, b) in enumerate(pairs())
    ]
    return json.dumps(
        [
            {"CXVersion": "2.0", "hasFragments": False},
            {"metaData": [{"name": "nodes", "elementCount": len(nodes)}]},
            {"attributeDeclarations": [declared]},
            {"networkAttributes": [{"name": "U2OS AP-MS"}]},
            {"nodes": nodes},
            {"edges": edges},
            {"status": [{"success": True, "error": ""}]},
        ]
    ).encode()


def pg_matrix() -> bytes:
    """Return protein groups of DIA-NN by fraction."""
    head = ["Protein.Group", "Protein.Ids", "Protein.Names", "Genes", "First.Protein.Description"]
    head += [rf"D:\data\SEC_F{k:02d}.raw" for k in range(1, 21)]
    rows = []
    for gene in GENES:
        peak = 2 + 3 * (NUMBER[gene] // 6)
        amounts = [1e6 * np.exp(-((k - peak) ** 2) / 2) for k in range(20)]
        cells = [f"{amount:.1f}" if amount > 1e3 else "" for amount in amounts]
        about = [accession(gene), accession(gene), f"{gene}_HUMAN", gene, "a protein"]
        rows.append([*about, *cells])
    return lines(head, *rows)


def humap3() -> bytes:
    rows = [
        f"huMAP3_{k:05d}.1,{k % 6 + 1},{' '.join(map(accession, genes))},{' '.join(genes)}"
        for k, genes in enumerate(COMPLEXES.values())
    ]
    return lines("HuMAP3_ID,ComplexConfidence,Uniprot_ACCs,genenames", *rows)


MITAB = columns(
    "#ID(s) interactor A|ID(s) interactor B|Alt. ID(s) interactor A|Alt. ID(s) interactor"
    " B|Alias(es) interactor A|Alias(es) interactor B|Interaction detection "
    "method(s)|Publication 1st author(s)|Publication Identifier(s)|Taxid interactor "
    "A|Taxid interactor B|Interaction type(s)|Source database(s)|Interaction "
    "identifier(s)|Confidence value(s)|Expansion method(s)|Biological role(s) interactor "
    "A|Biological role(s) interactor B|Experimental role(s) interactor A|Experimental "
    "role(s) interactor B|Type(s) interactor A|Type(s) interactor B|Xref(s) interactor "
    "A|Xref(s) interactor B|Interaction Xref(s)|Annotation(s) interactor A|Annotation(s) "
    "interactor B|Interaction annotation(s)|Host organism(s)|Interaction "
    "parameter(s)|Creation date|Update date|Checksum(s) interactor A|Checksum(s) "
    "interactor B|Interaction Checksum(s)|Negative|Feature(s) interactor A|Feature(s) "
    "interactor B|Stoichiometry(s) interactor A|Stoichiometry(s) interactor "
    "B|Identification method participant A|Identification method participant B"
)


def intact() -> bytes:
    """Return IntAct's archive: the interactions, and the negative ones beside."""

    def row(a: str, b: str, score: str, taxon: str = "9606(human)|taxid:9606(Homo sapiens)") -> str:
        message = {
            MITAB[0]: f"uniprotkb:{accession(a)}",
            MITAB[1]: f"uniprotkb:{accession(b)}",
            MITAB[2]: "intact:EBI-1|uniprotkb:Q9",
            MITAB[4]: f"psi-mi:{a.lower()}_human(display_long)|uniprotkb:{a}(gene name)|"
            f"psi-mi:{a}(display_short)|uniprotkb:{a}-A(gene name synonym)",
            MITAB[5]: f"psi-mi:{b.lower()}_human(display_long)|uniprotkb:{b}(gene name)",
            "Taxid interactor A": "taxid:9606(human)|taxid:9606(Homo sapiens)",
            "Taxid interactor B": f"taxid:{taxon}",
            "Confidence value(s)": f"author score:2|intact-miscore:{score}" if score else "-",
            "Negative": "false",
        }
        return "\t".join(message.get(name, "-") for name in MITAB)

    rows = [row(a, b, "0.56") for a, b in pairs()]
    rows += [row("PSMA1", "COPA", "0.4", "10090(mouse)"), row("PSMA1", "COPE", "")]
    head = "\t".join(MITAB)
    return zipped(
        {
            "human.txt": lines(head, *rows),
            "human_negative.txt": lines(head, row("PSMA1", "DIS3", "0.5").replace("false", "true")),
        }
    )


TAB3 = columns(
    "#BioGRID Interaction ID|Entrez Gene Interactor A|Entrez Gene Interactor B|BioGRID ID"
    " Interactor A|BioGRID ID Interactor B|Systematic Name Interactor A|Systematic Name "
    "Interactor B|Official Symbol Interactor A|Official Symbol Interactor B|Synonyms "
    "Interactor A|Synonyms Interactor B|Experimental System|Experimental System "
    "Type|Author|Publication Source|Organism ID Interactor A|Organism ID Interactor "
    "B|Throughput|Score|Modification|Qualifications|Tags|Source Database|SWISS-PROT "
    "Accessions Interactor A|TREMBL Accessions Interactor A|REFSEQ Accessions Interactor "
    "A|SWISS-PROT Accessions Interactor B|TREMBL Accessions Interactor B|REFSEQ "
    "Accessions Interactor B|Ontology Term IDs|Ontology Term Names|Ontology Term "
    "Categories|Ontology Term Qualifier IDs|Ontology Term Qualifier Names|Ontology Term "
    "Types|Organism Name Interactor A|Organism Name Interactor B"
)


def biogrid() -> bytes:
    def row(a: str, b: str, kind: str = "physical", other: str = "9606") -> list[str]:
        message = {
            "Official Symbol Interactor A": a,
            "Official Symbol Interactor B": b,
            "Experimental System": "Affinity Capture-MS",
            "Experimental System Type": kind,
            "Organism ID Interactor A": "9606",
            "Organism ID Interactor B": other,
        }
        return [message.get(name, "-") for name in TAB3]

    rows = [row(a, b) for a, b in pairs()]
    rows += [row("PSMA1", "COPA", "genetic"), row("PSMA1", "Copa", other="10090")]
    name = "BIOGRID-ORGANISM-{}-5.0.252.tab3.txt"
    human, mouse = name.format("Homo_sapiens"), name.format("Mus_musculus")
    return zipped({mouse: lines(TAB3, rows[-1]), human: lines(TAB3, *rows)})


def string_links() -> bytes:
    both = [pair for a, b in pairs() for pair in ((a, b), (b, a))]
    rows = [f"9606.{ensp(a)} 9606.{ensp(b)} {900 - k % 2}" for k, (a, b) in enumerate(both)]
    weak = f"9606.{ensp('PSMA1')} 9606.{ensp('COPA')} 151"
    return gzip.compress(lines("protein1 protein2 combined_score", *rows, weak), mtime=0)


def ensp(gene: str) -> str:
    """Return an Ensembl protein for a symbol."""
    return f"ENSP{NUMBER[gene] + 1:011d}"


def string_info() -> bytes:
    head = ["#string_protein_id", "preferred_name", "protein_size", "annotation"]
    message = 'Subunit; "major" component, see also others'
    rows = [[f"9606.{ensp(gene)}", gene, "300", message] for gene in GENES]
    return gzip.compress(lines(head, *rows), mtime=0)


def opencell_interactions() -> bytes:
    head = "target_gene_name,interactor_gene_name,target_ensg_id,interactor_uniprot_ids,"
    rows = [f"{a},{b},{ensg(a)},{accession(b)};X,12.5,6.1,0.1,0.2" for a, b in pairs()]
    tail = "pval,enrichment,interaction_stoichiometry,abundance_stoichiometry"
    return lines(head + tail, *rows)


def opencell_annotations() -> bytes:
    head = "ensg_id,target_name,annotations_grade_3,annotations_grade_2,annotations_grade_1"
    rows = [
        f"{ensg(g)},{g},{'nucleoplasm' if k < 3 else 'cytoplasmic'},"
        f"{'vesicles;er' * (k == 5)},membrane"
        for k, genes in enumerate(COMPLEXES.values())
        for g in genes
    ]
    return lines(head, *rows)


def serve(served: Served) -> None:
    """Offer all of it at the paths of the originals, each behind the name of its host."""
    at = f"{served.url}/images.proteinatlas.org"
    pg = {"fileName": "report.pg_matrix.tsv", "fileSizeBytes": len(pg_matrix())}
    place = f"{served.url}/ftp.pride.ebi.ac.uk/report.pg_matrix.tsv"
    pg["publicFileLocations"] = [{"name": "FTP Protocol", "value": place}]
    raw = {"fileName": "SEC_F01.raw", "publicFileLocations": [{"value": "ftp://x/SEC_F01.raw"}]}
    u2os = "95bc75d5-d1d1-11ee-8a40-005056ae23aa"
    bodies = {
        "hgnc": hgnc(),
        "obo": obo(),
        "HUMAN-uniprot.gaf": gaf(),
        "download_current_file": corum5(),
        "download_archived_file": corum4(),
        "subcellular_location": hpa_locations(),
        "proteinatlas.xml": hpa_xml(at),
        f"/v2/network/{u2os}/summary": json.dumps({"isValid": True}).encode(),
        f"/v3/networks/{u2os}": cx2(),
        "/PXD052362/files": json.dumps([raw, pg]).encode(),
        "ftp.pride": pg_matrix(),
        "hu.MAP3": humap3(),
        "psimitab": intact(),
        "BIOGRID-ORGANISM": biogrid(),
        "physical.links": string_links(),
        "protein.info": string_info(),
        "protein-interactions": opencell_interactions(),
        "localization-annotations": opencell_annotations(),
        "library-metadata": lines("a,b", "1,2"),
        "protein-abundance": lines("a,b", "1,2"),
    }

    class Offered(dict[str, Answer]):
        def get(self, path: str, default: object = None) -> Answer:
            if path.startswith("/images.proteinatlas.org"):
                return drawn
            result = next((body for word, body in bodies.items() if word in path), None)
            return whole(result) if result is not None else default  # type: ignore[return-value]

    served.answers = Offered()


def drawn(request: Request) -> Reply:
    """Answer with an image; one set lacks its yellow channel, as some do."""
    if request.path.endswith("835_B2_3_yellow.jpg"):
        return Reply(b"none", 404)
    return Reply(jpeg(request.path))


def manifests(folder: Path, served: Served) -> None:
    """Write the shipped manifests with the server in place of each host, and no least of rows."""
    (folder / "source").mkdir(parents=True)
    for path in sorted((conf_folder() / "source").glob("*.yaml")):
        text = path.read_text(encoding="utf-8").replace("https://", f"{served.url}/")
        node = yaml.safe_load(text)
        node["host"] = node.get("host", {}) | {"min_interval_s": 0, "concurrency": 8}
        for file in node["files"].values():
            file.get("check", {}).pop("rows_min", None)
        (folder / "source" / path.name).write_text(yaml.safe_dump(node))
