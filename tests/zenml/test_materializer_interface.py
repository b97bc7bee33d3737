"""What a materializer that was written for ZenML may use of its base class, and of its step."""

import json
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl.zenml import (
    get_step_context,
    load_artifact,
    pipeline,
    save_artifact,
    step,
)
from artifactctl.zenml.client import Client
from artifactctl.zenml.enums import ArtifactType, VisualizationType
from artifactctl.zenml.exceptions import StepContextError
from artifactctl.zenml.materializers import BaseMaterializer, BuiltInMaterializer
from artifactctl.zenml.materializers.materializer_registry import materializer_registry

pytestmark = pytest.mark.usefixtures("here")


class Shelf:
    def __init__(self, books: list[str]) -> None:
        self.books = books


class LowShelf(Shelf):
    """A subclass, which is saved as its base class is."""


class Base(BaseMaterializer):
    """What several materializers share; it is for no type itself."""

    SKIP_REGISTRATION = True

    def save(self, data: Any) -> None:
        with self.artifact_store.open(f"{self.uri}/books.json", "w") as file:
            json.dump(data.books, file)

    def load(self, data_type: type) -> Any:
        with self.artifact_store.open(f"{self.uri}/books.json") as file:
            return data_type(json.load(file))


class ShelfMaterializer(Base):
    ASSOCIATED_TYPES = (Shelf,)
    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def extract_metadata(self, data: Shelf) -> dict[str, Any]:
        return {"first": data.books[0]}

    def get_item_count(self, data: Shelf) -> int:
        return len(data.books)

    def load_item(self, data_type: type, index: int) -> str:
        return str(self.load(data_type).books[index])

    def save_visualizations(self, data: Shelf) -> dict[str, VisualizationType]:
        with self.artifact_store.open(f"{self.uri}/shelf.md", "w") as file:
            file.write("\n".join(f"- {book}" for book in data.books))
        return {f"{self.uri}/shelf.md": VisualizationType.MARKDOWN}


class Hidden(Base):
    SKIP_REGISTRATION = True
    ASSOCIATED_TYPES = (LowShelf,)


def test_one_that_skips_its_registration_is_found_by_no_object_but_may_be_given() -> None:
    assert materializer_registry[LowShelf] is ShelfMaterializer
    given = save_artifact(LowShelf(["Emma"]), "low", materializer=Hidden)
    assert given.materializer is not None
    assert given.materializer.attribute == "Hidden"
    assert load_artifact("low").books == ["Emma"]


def test_it_says_which_types_it_saves_and_loads() -> None:
    assert ShelfMaterializer.can_save_type(LowShelf)
    assert not ShelfMaterializer.can_save_type(object)
    assert ShelfMaterializer.can_load_type(object)
    assert not ShelfMaterializer.can_load_type(int)
    instance = ShelfMaterializer("nowhere")
    instance.validate_save_type_compatibility(LowShelf)
    instance.validate_load_type_compatibility(Shelf)
    with pytest.raises(TypeError, match="'ShelfMaterializer' cannot save objects of 'int'"):
        instance.validate_save_type_compatibility(int)
    with pytest.raises(TypeError, match="'ShelfMaterializer' cannot load objects of 'int'"):
        instance.validate_load_type_compatibility(int)


def test_its_metadata_have_the_size_of_its_files_too(tmp_path: Path) -> None:
    instance = ShelfMaterializer(str(tmp_path))
    instance.save(Shelf(["Emma", "Ulysses"]))
    assert instance.extract_full_metadata(Shelf(["Emma"])) == {"storage_size": 19, "first": "Emma"}
    assert instance.load_item(Shelf, 1) == "Ulysses"
    plain = BuiltInMaterializer(str(tmp_path))
    assert (plain.get_item_count(1), plain.compute_content_hash(1)) == (None, None)
    with pytest.raises(NotImplementedError):
        plain.load_item(int, 0)


def test_its_count_of_items_and_its_visualizations_are_kept_with_the_version() -> None:
    saved = save_artifact(Shelf(["Emma", "Ulysses"]), "shelf")
    assert saved.item_count == 2
    assert [item.name for item in saved.visualizations] == ["shelf.md"]
    assert saved.visualizations[0].value == "- Emma\n- Ulysses"
    assert saved.type is ArtifactType.DATA


def test_a_step_gets_the_materializer_and_the_folder_of_its_output() -> None:
    found: dict[str, Any] = {}

    @step
    def fill() -> tuple[Annotated[Shelf, "shelf"], Annotated[int | str, "number"]]:
        context = get_step_context()
        found["shelf"] = context.get_output_materializer("shelf")
        found["given"] = context.get_output_materializer("shelf", Hidden)
        found["number"] = context.get_output_materializer("number", data_type=str)
        found["uri"] = context.get_output_artifact_uri("shelf")
        with pytest.raises(StepContextError, match="several outputs"):
            context.get_output_materializer()
        with pytest.raises(StepContextError, match="no output 'x'"):
            context.get_output_materializer("x")
        return Shelf(["Emma"]), 1

    @pipeline(enable_cache=False)
    def filling() -> None:
        fill()

    filling()
    kinds = {name: type(one) for name, one in found.items() if name != "uri"}
    assert kinds == {"shelf": ShelfMaterializer, "given": Hidden, "number": BuiltInMaterializer}
    assert found["shelf"].uri == found["uri"]
    assert Path(found["uri"]).is_dir()
    Path(found["uri"]).rmdir()


def test_a_pipeline_knows_its_calls_before_any_step_runs() -> None:
    @step
    def one() -> int:
        return 1

    @step
    def two(number: int) -> None:
        """Take a number."""

    @pipeline
    def counting(start: int = 0) -> None:
        one(after=two(start))
        two(one(), id="last")

    assert not counting.is_prepared
    counting.prepare(start=1)
    assert counting.is_prepared
    calls = counting.invocations
    assert list(calls) == ["two", "one", "one_2", "last"]
    assert calls["last"].upstream_steps == {"one_2"}
    assert Client().list_pipeline_runs().total == 0
