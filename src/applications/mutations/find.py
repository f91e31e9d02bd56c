"""Recurrently mutated assemblies: more mutations than expected from the genes' background."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...artifacts import Findings
from ...config import workers
from ..use import Use, chosen_settings
from .answer import Answer, MutationOptions
from .given import Sets, covariates_of, drivers_of, read_given
from .picture import plot
from .published import PublishedAnswer

FILES = ("counts", "patients", "samples", "totals", "covariates", "lengths", "drivers")

PLOT_FILE = "mutations.svg"


@dataclass(frozen=True)
class Options:
    """How mutations are tested; the verb's own settings, see ``conf/mutations.yaml``."""

    method: str
    test_on: str
    cohorts: tuple[str, ...] | None
    min_size: int
    max_size: int
    fdr: float
    controls: int
    permutations: int
    p_rule: str
    by_cohort: bool
    patient_draws: int


def find_mutations(use: Use) -> Findings:
    """Test every assembly for recurrent mutation; remembered in the store.

    Raises:
        ConfigError: If a cohort is not there.
        DataError: If a file does not fit the map, or there is no background to compare with.
    """
    options = chosen_settings(Options, use.settings)
    mutations = read_given(use, options.cohorts)
    sets = Sets.of(use, mutations, options.min_size, options.max_size)
    covariates, has_any = covariates_of(use, mutations.genes)
    chosen = MutationOptions(
        options.test_on,
        options.fdr,
        options.controls,
        use.seed,
        options.permutations,
        options.p_rule,
        workers(use.settings),
        options.patient_draws,
        drivers_of(use, mutations.genes),
    )
    answer = Answer(mutations, sets, covariates, has_any, chosen)

    def compute() -> Findings:
        if options.method == "hisig":
            return PublishedAnswer(answer, options.by_cohort).findings()
        return _with_plot(answer.findings(), use)

    files = [path for key in FILES if (path := use.file(key)) is not None]
    return use.remembered(
        "mutations",
        [__name__],
        compute,
        config=[vars(options), dict(use.data_node)],
        inputs=[use.store.files_key(files)],
    )


def _with_plot(findings: Findings, use: Use) -> Findings:
    """Return an answer with its picture, if an assembly passes."""
    drawn = plot(findings.tables, use.hierarchy, findings.title)
    return replace(findings, files={PLOT_FILE: drawn}) if drawn else findings
