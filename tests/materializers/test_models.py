"""Models come back and predict the same, without pickles."""

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import lightgbm
import numpy as np
import pytest
import skops.io
import xgboost
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError, UnsafeError
from artifactctl.materializers import load, save
from tests.materializers.again import again, contents

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


def test_a_model_that_could_not_be_loaded_is_not_saved():
    with pytest.raises(InvalidInputError, match="<lambda>") as caught:
        again(FunctionTransformer(lambda x: x))
    assert 'materializer="cloudpickle"' in caught.value.hint


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
    with pytest.raises(InvalidInputError, match="is no XGBModel"):
        load(tmp_path, "xgboost", "pathlib.Path", allow_pickle=False)
