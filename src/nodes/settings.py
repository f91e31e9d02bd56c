"""Types and ranges of each verb's own settings; their defaults are in `conf/`.

The groups of a verb are not among them: the settings of an option are those of its class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from .build import Config
from .ranges import (
    AtLeastOne,
    Ge,
    Interval,
    Len,
    MinLen,
    Natural,
    NonNegative,
    Positive,
    UnitAboveZero,
    UnitBelowOne,
    UnitInside,
)

Repeats = Annotated[int, Ge(2)]
"""Seeds of a comparison: a single one has no spread."""


class Symbols(TypedDict):
    """The table of symbols, required for any translation of names."""

    symbols: Path


class IdentifierTables(Symbols, total=False):
    """Tables that translate names to current gene symbols."""

    uniprot: Path | None


class Data(TypedDict, total=False):
    """A data config; each node of a modality or reference has its reader's arguments."""

    title: str
    simulate: Config | None
    id_map: IdentifierTables | None
    groups: Literal["first", "split", "drop"]
    contaminants: Literal["drop", "keep"]
    licences: Mapping[str, str]
    proteins: Literal["both", "all"]
    fuse: Sequence[str] | None
    pairs: Config | None
    modalities: Mapping[str, Config]
    references: Mapping[str, Config]


class Search(TypedDict):
    """The search space of a sweep."""

    overrides: Sequence[str]
    space: Config


class Variants(TypedDict):
    """The variants of an ablation."""

    overrides: Sequence[str]
    primary: str
    each_modality: bool
    variants: Mapping[str, Sequence[str]]


class Crops(TypedDict):
    """Which cells ``data crops`` shows, and how large."""

    cells: bool
    size: AtLeastOne | None
    read_size: AtLeastOne | None
    per_protein: AtLeastOne
    proteins: Sequence[str] | None


class Output(TypedDict):
    """The output of a verb."""

    out: Path | None
    overwrite: bool


class Work(Output):
    """Settings of every verb that computes."""

    seed: Natural
    workers: AtLeastOne | None
    store: Path
    plugins: Sequence[str]


class Experiment(Work):
    """Settings of every verb that reads a data set."""

    data: Data
    strict: bool
    data_root: Path


class Run(Experiment):
    """Settings of ``run``."""

    author: str | None
    portal: bool
    fetch: bool
    accept: Sequence[str]
    calibration: str


class Train(Experiment):
    """Settings of ``train``."""

    modality: str | None
    reference: str
    held_out: UnitBelowOne


class Robustness(Experiment):
    """Settings of ``robustness``."""

    jackknives: AtLeastOne
    dropped: UnitInside


class Evaluate(Experiment):
    """Settings of ``evaluate``."""

    hierarchy: Path | None
    embedding: Path | None
    universe: str | None
    drawn: Sequence[str] | None


class Objective(Experiment):
    """Settings of ``objective``."""

    hierarchy: Path
    baseline: Path | Sequence[Path]
    queries: AtLeastOne | Literal["all"] | None
    universe: str | None


class Use(Experiment):
    """Settings of every verb that uses a finished map."""

    hierarchy: Path | None
    run: Path | None
    name: str | None


class PropertyFile(TypedDict):
    """Source of a property, and the covariates for matching."""

    name: str | None
    property: Path | None
    columns: Annotated[Sequence[str], Len(1, 2)] | None
    where: Mapping[str, str] | None
    min_value: float | None
    absent: Literal["without", "unknown"] | None
    lowest: bool
    covariates: Path | None
    match: Sequence[str] | None
    max_size: AtLeastOne | None


class Property(Use, PropertyFile):
    """Settings of ``property``."""

    preset: PropertyFile
    min_size: AtLeastOne
    fdr: UnitAboveZero
    permutations: AtLeastOne
    nulls: Natural


class Evidence(Use):
    """Settings of ``evidence``."""

    matrix: Path
    kind: Literal["matrix", "elution"]
    id: str | Sequence[str] | None
    columns: str | Sequence[str] | None
    scale: Literal["none", "zscore"]
    remove_axes: Natural
    covariates: Path | None
    match: Sequence[str] | None
    min_measured: Annotated[int, Ge(2)]
    fdr: UnitAboveZero
    permutations: AtLeastOne
    nulls: Natural


class Functions(Use):
    """Settings of ``functions``."""

    annotations: Path
    ontology: Path | None
    network: Path | None
    columns: Annotated[Sequence[str], Len(2, 2)] | None
    weight: str | None
    min_weight: float | None
    embedding: Path | None
    evidence: Annotated[Sequence[str], MinLen(1)]
    before: str | None
    after: str | None
    rule: Literal["stack", "unexpected"]
    min_term: AtLeastOne
    max_term: AtLeastOne
    min_probability: UnitBelowOne


class Mutations(Use):
    """Settings of ``mutations``."""

    counts: Path
    method: Literal["excess", "hisig"]
    test_on: Literal["nonsilent", "silent"]
    cohorts: Annotated[Sequence[str], MinLen(1)] | None
    patients: Path | None
    samples: Path | None
    totals: Path | None
    covariates: Path | None
    lengths: Path | None
    min_size: Annotated[int, Ge(2)]
    max_size: AtLeastOne
    fdr: UnitAboveZero
    controls: Natural
    drivers: Path | None
    patient_draws: Natural
    permutations: AtLeastOne
    p_rule: Literal["parser", "package"]
    by_cohort: bool


class Endpoint(TypedDict):
    """Endpoint of a language model; the API key itself is in no setting."""

    url: str | None
    model: str | None
    key_env: str | None
    key_header: str
    timeout: Positive
    tries: AtLeastOne
    backoff: NonNegative
    concurrency: AtLeastOne
    max_tokens: AtLeastOne
    requests_a_minute: Positive | None
    tokens_a_minute: Positive | None
    price_in: NonNegative
    price_out: NonNegative


class Names(Use):
    """Settings of ``names``."""

    sets: Path | None
    method: Literal["reference", "llm", "stacked"]
    endpoint: Endpoint
    repeats: Natural
    controls: Annotated[int, Ge(2)]
    evidence: bool
    replay: Literal["only"] | None
    plan: bool
    max_members: Annotated[int, Ge(2)]
    max_cost: NonNegative | None
    descriptions: Path | None
    description_columns: Annotated[Sequence[str], Len(2, 2)] | None
    random_named: UnitInside
    hidden_terms: AtLeastOne
    random_sets: Annotated[int, Ge(20)]
    covariates: Path | None
    match: Sequence[str] | None


class StructuresRead(Use):
    """Settings of ``structures read``."""

    results: Path
    jobs: Path | None
    pdb: Path | None
    pdb_cutoff: str | None


class StructuresPlan(Use):
    """Settings of ``structures plan``."""

    sequences: Path
    formats: Annotated[
        Sequence[Literal["colabfold", "af3", "af3server", "boltz", "chai"]], MinLen(1)
    ]
    max_size: Annotated[int, Ge(2)]
    pairs: AtLeastOne | None
    gpu_hours: Positive | None
    max_residues: AtLeastOne
    decoys: Annotated[int, Interval(ge=0, le=2)]
    homodimers: bool
    pdb: Path | None
    pdb_cutoff: str | None
    reference: str | None
    compartments: str | None
    msa: Path | None
    network: Path | None
    columns: Annotated[Sequence[str], Len(2, 2)] | None
    weight: str | None
    min_weight: float | None
    embedding: Path | None
    cost: Annotated[Sequence[Annotated[Sequence[float], Len(2, 2)]], Len(2, 2)]


class StructuresRates(Use):
    """Settings of ``structures rates``."""

    scores: Path
    levels: Annotated[Sequence[UnitInside], MinLen(1)]
    bootstraps: Natural
    splits: AtLeastOne


class Contrast(Use):
    """Settings of ``contrast``."""

    design: Path
    contrast: Literal["trend"] | Mapping[str, float] | None
    leave_out: Sequence[str]
    min_measured: Annotated[int, Ge(2)]
    margin: UnitInside
    fdr: UnitAboveZero
    permutations: Natural
    id: str | Sequence[str] | None
    columns: str | Sequence[str] | None


class Places(Experiment):
    """Settings of ``places``."""

    run: Path
    name: str | None
    resamples: AtLeastOne
    dropped: UnitInside
    largest: UnitInside
    permutations: AtLeastOne


class DataActions(Experiment):
    """Settings of ``data check``, ``data simulate`` and ``data crops``."""

    crops: Crops


class Sources(TypedDict):
    """What ``source=a,b`` names."""

    names: Sequence[str] | None


DataFetch = TypedDict(
    "DataFetch",
    {
        "source": Sources,
        "for": str | None,
        "from": Path | None,
        "manifest_dir": Path | None,
        "genes": Path | Sequence[str] | None,
        "cell_line": str | None,
        "images_per_antibody": AtLeastOne | None,
        "accept": Sequence[str],
        "insecure": Sequence[str],
        "dry_run": bool,
        "data_root": Path,
        "plugins": Sequence[str],
    },
)
"""Settings of ``data fetch``; ``for`` and ``from`` are words of Python's, as is ``with``."""


class Map(Work):
    """Settings of ``map``."""

    author: str | None
    network: Path | None
    columns: Annotated[Sequence[str], Len(2, 2)] | None
    weight: str | None
    min_weight: float | None
    embedding: Path | None
    data: Data
    portal: bool
    calibration: str


class Sweep(TypedDict):
    """Settings of ``sweep``."""

    search: Search
    study: str | None
    storage: str | None
    trials: AtLeastOne | None
    hours: NonNegative | None
    pareto: bool
    scoring: str
    finalists: AtLeastOne
    seeds: Repeats
    workers: AtLeastOne | None
    out: Path | None


class Ablate(Output):
    """Settings of ``ablate``."""

    ablation: Variants
    seeds: Repeats
    metrics: Sequence[str] | None
    correction: Literal["holm", "bh"]
    workers: AtLeastOne | None


class Compare(Work):
    """Settings of ``compare``."""

    first: Path
    second: Path
    resamples: Natural
    dropped: UnitInside


class Vnn(TypedDict):
    """What a map for a visible neural network is cut to, and what is written with it."""

    genes: Path | None
    min_genes: AtLeastOne
    shuffles: Natural
    features: Path | None
    mutations: Path | None
    deletions: Path | None
    amplifications: Path | None
    rlipp: Path | None


class Convert(TypedDict):
    """Settings of ``convert``."""

    hierarchy: Path | None
    run: Path | None
    form: Literal["cellmaps", "vnn"] | None
    vnn: Vnn
    seed: Natural
    out: Path
    overwrite: bool


class Report(TypedDict):
    """Settings of ``report``."""

    run: Path


Portal = TypedDict("Portal", {"run": Path, "with": Path | None})
"""Settings of ``portal``; ``with`` is a word of Python's, which no class may have as a name."""


class Upload(TypedDict):
    """Settings of ``upload``."""

    run: Path
    server: str
    public: bool


class SchemaFile(TypedDict):
    """Settings of ``schema``."""

    out: Path
    overwrite: bool


class StoreSize(TypedDict):
    """Settings of ``store``."""

    keep: str | Natural
    store: Path


SETTINGS: dict[str, type] = {
    "run": Run,
    "train": Train,
    "sweep": Sweep,
    "ablate": Ablate,
    "map": Map,
    "evaluate": Evaluate,
    "objective": Objective,
    "robustness": Robustness,
    "property": Property,
    "evidence": Evidence,
    "functions": Functions,
    "contrast": Contrast,
    "places": Places,
    "mutations": Mutations,
    "names": Names,
    "structures_plan": StructuresPlan,
    "structures_rates": StructuresRates,
    "structures_read": StructuresRead,
    "compare": Compare,
    "convert": Convert,
    "report": Report,
    "portal": Portal,
    "upload": Upload,
    "data": DataActions,
    "data_fetch": DataFetch,
    "store": StoreSize,
    "schema": SchemaFile,
}
"""Verb -> its settings; a verb that is not here takes what its part of `conf/` names, unchecked."""
