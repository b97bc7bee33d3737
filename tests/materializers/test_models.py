"""Models come back and predict the same, without pickles."""

import io
import operator
import re
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import lightgbm
import numpy as np
import pytest
import skops.io
import xgboost
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import Birch
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError, UnsafeError
from artifactctl.materializers import load, save
from tests.materializers.again import again, contents, pickled_again

X = np.random.default_rng(0).random((60, 3))
Y = (X[:, 0] > 0.5).astype(int)


class Shift(TransformerMixin, BaseEstimator):
    """A user's own step."""

    def fit(self, x, y=None):
        return self

    def transform(self, x):
        return x + 1


BOOSTERS = [
    xgboost.XGBClassifier(n_estimators=2, max_depth=2),
    xgboost.XGBRegressor(n_estimators=2, max_depth=2),
    lightgbm.LGBMClassifier(n_estimators=2, verbose=-1),
    lightgbm.LGBMRegressor(n_estimators=2, verbose=-1),
]


def test_a_fitted_pipeline_predicts_the_same(tmp_path: Path):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    saved = save(model, tmp_path)
    assert saved.type is ArtifactType.MODEL
    assert saved.data_type == "sklearn.pipeline.Pipeline"
    assert list(contents(tmp_path)) == ["model.skops"]
    loaded = again(model)
    assert (loaded.predict_proba(X) == model.predict_proba(X)).all()


def test_types_that_skops_does_not_trust_need_consent(tmp_path: Path):
    for model in (make_pipeline(Shift()).fit(X), RandomForestClassifier(2).fit(X, Y)):
        with pytest.raises(UnsafeError, match="types that may run code") as caught:
            again(model)
        assert "allow_pickle=True" in caught.value.hint
        assert type(again(model, allow_pickle=True)) is type(model)


def double(x):
    return x * 2


DOCUMENTS = ["aa bb cc", "bb dd", "cc ee"]


@pytest.mark.parametrize(
    "model",
    [
        TfidfVectorizer(tokenizer=str.split, token_pattern=None).fit(DOCUMENTS),
        CountVectorizer(preprocessor=str.lower).fit(DOCUMENTS),
        CountVectorizer(analyzer=re.compile("[a-c]+").findall).fit(DOCUMENTS),
        CountVectorizer(tokenizer=lambda text: text.split(), token_pattern=None).fit(DOCUMENTS),
        make_pipeline(CountVectorizer(preprocessor=str.lower), LogisticRegression()).fit(
            DOCUMENTS, [0, 1, 0]
        ),
    ],
    ids=["method", "preprocessor", "bound method", "lambda", "in a pipeline"],
)
def test_what_skops_would_never_load_is_pickled(model):
    loaded = pickled_again(model, "skops")
    predict = getattr(model, "predict", None) or model.transform
    again_predict = getattr(loaded, "predict", None) or loaded.transform
    assert np.array_equal(_dense(predict(DOCUMENTS)), _dense(again_predict(DOCUMENTS)))


@pytest.mark.parametrize(
    "model",
    [
        FunctionTransformer(lambda x: x + 1),
        FunctionTransformer(operator.methodcaller("__add__", 1)),
        FunctionTransformer(partial(np.multiply, 2)),
        KNeighborsClassifier(metric=lambda a, b: abs(a - b).sum()).fit(X, Y),
        Birch(n_clusters=2).fit(X),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_estimator_comes_back_and_works_whatever_holds_it(model, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some are pickled
        saved = save(model, tmp_path)
    assert saved.type is ArtifactType.MODEL
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=True)
    use = "predict" if hasattr(model, "predict") else "transform"
    assert np.array_equal(getattr(loaded, use)(X), getattr(model, use)(X))


def test_functions_of_modules_are_no_reason_for_a_pickle(tmp_path: Path):
    model = FunctionTransformer(double)
    assert save(model, tmp_path).materializer == "sklearn"
    assert again(model, allow_pickle=True).transform(2) == 4


def test_what_a_script_defines_loads_in_another_program(tmp_path: Path):
    (tmp_path / "train.py").write_text(
        "import pathlib, warnings\n"
        "from sklearn.preprocessing import FunctionTransformer\n"
        "from artifactctl.materializers import save\n"
        "def double(x): return x * 2\n"
        "pathlib.Path('out').mkdir()\n"
        "warnings.simplefilter('ignore')\n"
        "print(save(FunctionTransformer(double), pathlib.Path('out')).materializer)\n"
    )
    run = [sys.executable, "train.py"]
    done = subprocess.run(run, cwd=tmp_path, check=True, capture_output=True, text=True)
    loaded = load(tmp_path / "out", done.stdout.strip(), "x.Y", allow_pickle=True)
    assert loaded.transform(2) == 4


def _dense(found):
    return found.toarray() if hasattr(found, "toarray") else found


def test_a_compressed_archive_is_refused(tmp_path: Path):
    save(LogisticRegression(), tmp_path)
    file = tmp_path / "model.skops"
    with (
        ZipFile(io.BytesIO(file.read_bytes())) as archive,
        ZipFile(file, "w", ZIP_DEFLATED) as bomb,
    ):
        for name in archive.namelist():
            bomb.writestr(name, archive.read(name))
    with pytest.raises(InvalidInputError, match="compressed"):
        load(tmp_path, "sklearn", "sklearn.linear_model.LogisticRegression", allow_pickle=False)


def test_the_file_is_one_that_skops_reads(tmp_path: Path):
    save(LogisticRegression(C=2), tmp_path)
    assert skops.io.load(tmp_path / "model.skops").C == 2


@pytest.mark.parametrize("model", BOOSTERS, ids=lambda model: type(model).__name__)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of LightGBM, about names of features
def test_boosters_predict_the_same_fitted_or_not(model):
    unfitted = again(type(model)(**model.get_params()))
    assert str(unfitted.get_params()) == str(model.get_params())
    model.fit(X, Y)
    loaded = again(model)
    assert type(loaded) is type(model)
    assert np.array_equal(loaded.predict(X), model.predict(X))
    assert str(loaded.get_params()) == str(model.get_params())


def test_bare_boosters_predict_the_same():
    one = xgboost.train({}, xgboost.DMatrix(X, Y), 2)
    assert np.array_equal(again(one).predict(xgboost.DMatrix(X)), one.predict(xgboost.DMatrix(X)))
    other = lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, Y), 2)
    assert np.array_equal(again(other).predict(X), other.predict(X))


def test_another_class_than_a_model_is_refused(tmp_path: Path):
    save(xgboost.XGBClassifier(), tmp_path)
    with pytest.raises(InvalidInputError, match="not a subclass of 'XGBModel'"):
        load(tmp_path, "xgboost", "pathlib.Path", allow_pickle=False)
