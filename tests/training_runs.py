"""Real training runs to compare: scikit-learn models on the flowers, with different parameters."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from artifactctl import ArtifactConfig, Tag, log_metadata, pipeline, step
from artifactctl.enums import ArtifactType

FLOWERS = Path(__file__).parent.parent / "fixtures" / "iris" / "iris_cleaned.csv"
PIPELINE = "flower_training"

MODELS = {
    "logistic": LogisticRegression,
    "neighbours": KNeighborsClassifier,
    "tree": DecisionTreeClassifier,
}


@dataclass(frozen=True)
class Trial:
    """A kind of model with its hyper-parameters, and the seed of the split."""

    model: str
    parameters: dict[str, Any]
    seed: int = 0


TRIALS = [
    Trial("logistic", {"C": 0.001, "max_iter": 500}),
    Trial("logistic", {"C": 0.1, "max_iter": 500}),
    Trial("logistic", {"C": 1.0, "max_iter": 500}),
    Trial("logistic", {"C": 100.0, "max_iter": 2000}),
    Trial("neighbours", {"n_neighbors": 3}),
    Trial("neighbours", {"n_neighbors": 15, "weights": "distance"}),
    Trial("tree", {"max_depth": 1, "random_state": 0}),
    Trial("tree", {"max_depth": 4, "random_state": 0}, seed=1),
]

FlowerModel = Annotated[
    ClassifierMixin, ArtifactConfig(name="flower_model", artifact_type=ArtifactType.MODEL)
]


@step
def load_flowers() -> Annotated[dict[str, list[Any]], "flowers"]:
    with FLOWERS.open(newline="") as file:
        _, *rows = csv.reader(file)
    return {
        "measurements": [[float(value) for value in row[:-1]] for row in rows],
        "species": [row[-1] for row in rows],
    }


@step
def train(
    flowers: dict[str, list[Any]], model: str, parameters: dict[str, Any], seed: int
) -> FlowerModel:
    parts = train_test_split(
        flowers["measurements"],
        flowers["species"],
        test_size=0.3,
        random_state=seed,
        stratify=flowers["species"],
    )
    train_x, test_x, train_y, test_y = parts
    fitted = MODELS[model](**parameters).fit(train_x, train_y)
    guesses, chances = fitted.predict(test_x), fitted.predict_proba(test_x)
    scores = {
        "accuracy": float(fitted.score(test_x, test_y)),
        "f1_macro": float(f1_score(test_y, guesses, average="macro")),
        "val_loss": float(log_loss(test_y, chances, labels=fitted.classes_)),
    }
    facts = {
        "metrics": scores,
        "train_accuracy": float(fitted.score(train_x, train_y)),
        "rows": {"train": len(train_x), "test": len(test_x)},
        "classes": [str(name) for name in fitted.classes_],
        "model": model,
    }
    if hasattr(fitted, "n_iter_"):  # only some models count their iterations
        facts["iterations"] = int(max(fitted.n_iter_))
    log_metadata(facts)
    log_metadata(scores, artifact_name="flower_model", infer_artifact=True)
    return fitted


@pipeline(name=PIPELINE)
def flower_training(model: str, parameters: dict[str, Any], seed: int) -> None:
    train(load_flowers(), model, parameters, seed)


def make_training_runs(home: Path, count: int = 8) -> list[str]:
    """Train `count` models in `home`, one run each; return the runs' names, oldest first.

    The versions of `flower_model` that they make are 1, 2, 3 …
    """
    names = [f"flowers-{number}" for number in range(1, count + 1)]
    with patch.dict(os.environ, {"ARTIFACTCTL_HOME": str(home)}):
        for position, name in enumerate(names):
            trial = TRIALS[position % len(TRIALS)]
            seed = trial.seed + position // len(TRIALS)
            tags = [Tag(name=trial.model), *(["first"] if position == 0 else [])]
            started = flower_training.with_options(run_name=name, tags=tags)
            started(model=trial.model, parameters=trial.parameters, seed=seed)
    return names
