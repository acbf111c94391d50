"""Fitting, lists, files."""

from __future__ import annotations

import pickle

import foretaste
import pytest
from foretaste.errors import NotFittedError, ParameterError, UnknownIdError

USERS = ["ann", "ann", "bob", "bob", "bob", "cat"]
ITEMS = ["tea", "jam", "tea", "jam", "ham", "tea"]


@pytest.fixture(scope="module")
def model() -> foretaste.ItemKNN:
    return foretaste.ItemKNN().fit((USERS, ITEMS))


def test_what_nobody_had_is_recommended(model: foretaste.ItemKNN) -> None:
    assert [item for item, _ in model.recommend("ann", 1)] == ["ham"]
    assert set(model.recommend().to_dict()) == {"ann", "bob", "cat"}


def test_a_pickle_is_the_same_model(model: foretaste.ItemKNN) -> None:
    again = pickle.loads(pickle.dumps(model))
    assert again.fingerprint_ == model.fingerprint_
    assert again.recommend().to_dict() == model.recommend().to_dict()


def test_errors_have_fields(model: foretaste.ItemKNN) -> None:
    with pytest.raises(UnknownIdError) as unknown:
        model.recommend("zoe")
    assert unknown.value.examples == ("zoe",)
    with pytest.raises(NotFittedError):
        foretaste.BPR().recommend("ann")
    with pytest.raises(ParameterError) as wrong:
        foretaste.BPR(factors=0).fit((USERS, ITEMS))
    assert wrong.value.name == "factors"
