"""JSON schemas and words follow from signatures."""

from cytoweave.data.references import read_corum
from cytoweave.maps import Multiresolution, NearestNeighbours
from cytoweave.models import Concat, TrainedFusion
from cytoweave.nodes.ranges import RUN_ARGUMENTS
from cytoweave.nodes.schema import Argument, arguments_of, descriptions, schema_of


def test_the_schema_of_a_part() -> None:
    result = schema_of(Concat)
    assert result["title"] == "Concat"
    assert result["description"].startswith("Concatenates modalities after centring")
    assert result["required"] == []
    assert result["properties"]["neighbours"] == {
        "type": "integer",
        "minimum": 1,
        "default": 20,
        "description": "Number of neighbours, >= 1.",
    }
    assert result["properties"]["weights"] == {
        "type": "object",
        "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
        "description": "Contribution of a modality relative to the others, > 0; 1 where not named.",
    }


def test_a_part_within_a_part_is_named() -> None:
    neighbours = schema_of(Multiresolution)["properties"]["neighbours"]
    assert [one["title"] for one in neighbours["anyOf"]] == ["NearestNeighbours", "TopFraction"]
    result = schema_of(TrainedFusion)
    assert result["required"] == ["module"]
    assert result["properties"]["module"]["required"] == ["_target_"]


def test_the_schema_of_a_reader_has_what_a_config_sets() -> None:
    result = schema_of(read_corum, RUN_ARGUMENTS)
    assert result["required"] == ["path"]
    assert "identifiers" not in result["properties"]
    assert result["properties"]["organism"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    assert result["properties"]["organism"]["default"] == "Human"


def test_arguments_in_words_with_default_and_meaning() -> None:
    result = {argument.name: argument for argument in arguments_of(NearestNeighbours)}
    assert result["mutual"].allowed == "true or false"
    assert result["mutual"].default is False
    neighbours = {argument.name: argument for argument in arguments_of(Concat)}["neighbours"]
    assert neighbours == Argument(
        "neighbours", "a whole number of at least 1", 20, "Number of neighbours, >= 1."
    )


def test_only_the_first_sentence_of_an_argument_is_its_description() -> None:
    def made(first: int, second: str) -> None:
        """Do nothing.

        Args:
            first: How many, e.g. three. More
                than that is too many.
            second: A name,
                over two lines

        Returns:
            other: Nothing.
        """

    assert descriptions(made) == {
        "first": "How many, e.g. three.",
        "second": "A name, over two lines.",
    }
