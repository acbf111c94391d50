"""Models of `implicit` and of `foretaste.compat.implicit` under the same tests.

`lib` is each of the two in turn. Where the layer departs from what `implicit` does by mistake, the test
is called `test_departure_*` and says what either does: see `test_compat_departures.py`.
"""

import io
import pickle
import types

import numpy as np
import pytest
from both import FACTORS, IMPLICIT, LAYER, LOWEST, MODELS, als, board, bpr, fitted, load, ours
from both import random_counts, sp
from both import each_package as each_package  # noqa: F401

pytestmark = [
    pytest.mark.filterwarnings("ignore:OpenBLAS"),
    pytest.mark.filterwarnings("ignore:Method expects CSR"),
]


# --- lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MODELS)
def test_the_item_that_is_kept_back_comes_first(lib: types.ModuleType, kind: str) -> None:
    data = board(40)
    model = fitted(MODELS[kind](lib), data)
    ids, scores = model.recommend(np.arange(40), data, N=3)
    assert ids.shape == scores.shape == (40, 3) and ids.dtype == np.int32
    assert scores.dtype == (np.float32 if kind in FACTORS else np.float64)
    assert (ids[:, 0] == np.arange(40)).all()
    for user in (0, 7, 39):
        one, own = model.recommend(user, data[user], N=1)
        assert one.shape == own.shape == (1,) and one[0] == user
        np.testing.assert_allclose(own, scores[user, :1], rtol=1e-5)


@pytest.mark.parametrize("kind", FACTORS)
def test_lists_are_the_inner_products_in_order(lib: types.ModuleType, kind: str) -> None:
    data = random_counts()
    model = fitted(MODELS[kind](lib), data)
    products = model.user_factors.astype(np.float64) @ model.item_factors.T
    allowed = np.where(data.toarray() > 0, -np.inf, products)
    for users in (np.arange(60), [4, 2, 2], np.array([59])):
        ids, scores = model.recommend(users, data[users], N=5)
        best = -np.sort(-allowed[users], axis=1)[:, :5]
        np.testing.assert_allclose(scores, best, atol=1e-5)
        np.testing.assert_allclose(np.take_along_axis(allowed[users], ids, axis=1), best, atol=1e-5)
    assert (np.diff(scores) <= 0).all()
    ids, scores = model.recommend(3, None, N=4, filter_already_liked_items=False)
    np.testing.assert_allclose(scores, -np.sort(-products[3])[:4], atol=1e-5)


@pytest.mark.parametrize("kind", MODELS)
def test_filters(lib: types.ModuleType, kind: str) -> None:
    data = board(40)
    model = fitted(MODELS[kind](lib), data)
    users = np.array([0, 3, 4])
    plain, _ = model.recommend(users, data[users], N=1, filter_already_liked_items=False)
    assert [ids[0] % 2 for ids in plain] == [0, 1, 0]
    ids, _ = model.recommend(users, data[users], N=4, filter_items=[0, 4, 5])
    assert not np.isin(ids, [0, 4, 5]).any() and ids.shape[0] == 3
    for chosen in ([6, 1, 0, 3], np.array([6, 1, 0, 3], dtype=np.int32)):
        ids, scores = model.recommend(0, data[0], N=20, items=chosen)
        assert sorted(ids) == [0, 1, 3, 6] and ids.dtype == np.asarray(chosen).dtype and ids[0] == 0
        assert (np.diff(scores) <= 0).all()
    ids, _ = model.recommend(users, data[users], items=np.arange(10))
    assert all(set(row) == set(range(10)) for row in ids)
    if kind in FACTORS:
        assert model.recommend(0, data[0], N=2, items=[6, 1, 0])[0].shape == (2,)
        ids, scores = model.recommend(0, data[0], N=9, items=[2, 1, 4, 3])
        assert set(ids[:2]) == {1, 3} and set(ids[2:]) == {2, 4} and (scores[2:] == LOWEST).all()


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_wrong_is_refused(lib: types.ModuleType, kind: str) -> None:
    data = board(20)
    model = fitted(MODELS[kind](lib), data)
    for wrong in (data.tocsc(), data.tocoo(), None):
        with pytest.raises(ValueError):
            model.recommend(0, wrong)
    with pytest.raises(ValueError):
        model.recommend([0, 1], data)
    with pytest.raises(ValueError):
        model.recommend(0, data[0], items=[1], filter_items=[2])
    for wrong in ([1, 20], [1, -1], [300]):
        with pytest.raises(IndexError):
            model.recommend(0, data[0], items=wrong)
    if kind in FACTORS:
        with pytest.raises(ValueError):
            model.recommend(0, data)
        for wrong in (20, [0, 20]):
            with pytest.raises(IndexError):
                model.recommend(wrong, data[:1] if wrong == 20 else data[:2])
            with pytest.raises(IndexError):
                model.similar_items(wrong)
            with pytest.raises(IndexError):
                model.similar_users(wrong)
        with pytest.raises(IndexError):
            model.recommend(0, data[0], filter_items=[20])
        with pytest.raises(ValueError):
            model.similar_items(0, items=[1], filter_items=[2])
        with pytest.raises(ValueError):
            model.similar_users(0, users=[1], filter_users=[2])
        with pytest.raises(IndexError):
            model.similar_users(0, users=[20])
    else:
        with pytest.raises(NotImplementedError):
            model.similar_users(0)
        with pytest.raises(NotImplementedError):
            model.similar_items(0, recalculate_item=True)
        with pytest.raises(NotImplementedError):
            model.fit(data, callback=print)


# --- what is similar -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MODELS)
def test_an_item_is_most_like_itself(lib: types.ModuleType, kind: str) -> None:
    data = board(60)
    model = fitted(MODELS[kind](lib), data)
    items = np.arange(20)
    ids, scores = model.similar_items(items, N=6)
    assert ids.shape == scores.shape == (20, 6) and (ids[:, 0] == items).all() and ids.dtype == np.int32
    assert (ids % 2 == items[:, None] % 2).all() and (np.diff(scores) <= 1e-6).all()
    one, own = model.similar_items(4, N=6)
    assert one.shape == (6,) and one[0] == 4
    np.testing.assert_allclose(own, scores[4], rtol=1e-5)
    ids, _ = model.similar_items(items, N=6, filter_items=np.arange(12) * 5)
    assert (ids[ids >= 0] % 5 != 0).all()
    chosen = np.arange(6)
    ids, _ = model.similar_items(items, N=6, items=chosen)
    assert all(set(row) == set(chosen) for row in ids)


@pytest.mark.parametrize("kind", FACTORS)
def test_similarity_is_the_cosine(lib: types.ModuleType, kind: str) -> None:
    model = fitted(MODELS[kind](lib), random_counts())
    for factors, similar, narrowed in (
        (model.item_factors, model.similar_items, {"items": [7, 3, 9]}),
        (model.user_factors, model.similar_users, {"users": [7, 3, 9]}),
    ):
        rows = factors.astype(np.float64)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        ids, scores = similar(5, N=7)
        assert ids[0] == 5 and abs(scores[0] - 1) < 1e-5 and scores.dtype == np.float32
        np.testing.assert_allclose(scores, -np.sort(-(rows @ rows[5]))[:7], atol=1e-5)
        np.testing.assert_allclose(scores, (rows @ rows[5])[ids], atol=1e-5)
        ids, scores = similar([5, 6], N=3, **narrowed)
        assert {*ids[0]} == {*ids[1]} == {7, 3, 9}
    np.testing.assert_allclose(model.item_norms, np.linalg.norm(model.item_factors, axis=1), rtol=1e-5)
    np.testing.assert_allclose(model.user_norms, np.linalg.norm(model.user_factors, axis=1), rtol=1e-5)


@pytest.mark.parametrize("kind", MODELS)
def test_empty_rows_and_columns(lib: types.ModuleType, kind: str) -> None:
    data = board(30).tolil()
    data[12] = data[:, 12] = data[29] = data[:, 29] = 0
    model = fitted(MODELS[kind](lib), data.tocsr())
    for item in range(10):
        assert 12 not in model.similar_items(item, N=5)[0]
    if kind == "als":
        assert not model.user_factors[12].any() and not model.item_factors[29].any()


# --- training ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FACTORS)
def test_types_of_input_and_factors(lib: types.ModuleType, kind: str) -> None:
    data = random_counts()
    rows = 8 if kind == "als" else 7
    for values in (np.float32, np.float64, np.int64):
        model = fitted(MODELS[kind](lib, iterations=2), data.astype(values))
        assert model.user_factors.shape == (60, rows) and model.item_factors.shape == (45, rows)
        assert model.item_factors.dtype == np.float32
    wide = fitted(MODELS[kind](lib, iterations=2, dtype=np.float64), data)
    assert wide.user_factors.dtype == np.float64
    assert wide.recommend(0, data[0])[1].dtype == np.float64
    if kind == "bpr":
        assert (model.user_factors[:, -1] == 1).all()
    with pytest.warns(lib.utils.ParameterWarning):
        MODELS[kind](lib, iterations=1).fit(data.tocoo(), show_progress=False)


@pytest.mark.parametrize("kind", FACTORS)
def test_a_seed_decides_and_factors_that_are_given_are_kept(lib: types.ModuleType, kind: str) -> None:
    data, settings = random_counts(), {"iterations": 2, "num_threads": 1}
    one, same, other = (
        fitted(MODELS[kind](lib, random_state=seed, **settings), data) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one.item_factors, same.item_factors)
    assert not np.array_equal(one.item_factors, other.item_factors)
    # Another fit goes on from the factors that there are.
    still = MODELS[kind](lib, iterations=0)
    still.user_factors, still.item_factors = one.user_factors.copy(), one.item_factors.copy()
    fitted(still, data)
    np.testing.assert_array_equal(still.item_factors, one.item_factors)


def test_callbacks(lib: types.ModuleType) -> None:
    seen: list[tuple] = []
    data = random_counts()
    als(lib, iterations=3).fit(data, show_progress=False, callback=lambda *told: seen.append(told))
    assert [told[0] for told in seen] == [0, 1, 2] and all(len(t) == 3 and t[2] is None for t in seen)
    losses: list[float] = []
    model = als(lib, iterations=3, calculate_training_loss=True)
    model.fit(data, show_progress=False, callback=lambda _, seconds, loss: losses.append(loss))
    assert losses == sorted(losses, reverse=True) and losses[0] > losses[2]
    assert als(lib, iterations=0, calculate_training_loss=True).fit(data, show_progress=False) is None
    seen.clear()
    bpr(lib, iterations=30).fit(data, show_progress=False, callback=lambda *told: seen.append(told))
    assert [told[0] for told in seen] == list(range(30)) and all(len(told) == 4 for told in seen)
    auc = [correct / (data.nnz - skipped) for _, _, correct, skipped in seen]
    assert 0.3 < auc[0] < 0.7 and auc[-1] > 0.75


def test_the_end_of_als_is_the_minimum_of_its_loss(lib: types.ModuleType) -> None:
    """The gradient of Σ c (1 − x)² + λ (‖X‖² + ‖Y‖²) vanishes, dislikes and weights below 1 included."""
    data = random_counts()
    data.data[::7] *= -1
    data.data[::5] *= 0.1
    given, settings = 2.0, {"iterations": 150, "regularization": 3.0, "use_cg": False}
    model = fitted(als(lib, factors=4, alpha=given, **settings), data)
    x, y = model.user_factors.astype(np.float64), model.item_factors.astype(np.float64)
    count = given * data.toarray().astype(np.float64)
    weight, liked = np.where(count == 0, 1, np.abs(count)), count > 0
    off = weight * (x @ y.T - liked)
    assert np.abs(off @ y + 3 * x).max() < 2e-3 and np.abs(off.T @ x + 3 * y).max() < 2e-3
    loss = (weight * (x @ y.T - liked) ** 2).sum() + 3 * ((x**2).sum() + (y**2).sum())
    told = lib.cpu.als.calculate_loss(given * data, model.user_factors, model.item_factors, 3.0)
    if not ours(lib):  # Departure: it counts the weights of dislikes, of which there is nothing to miss.
        loss += weight[count < 0].sum()
    np.testing.assert_allclose(told, loss / weight.sum(), rtol=1e-5)


@pytest.mark.parametrize("use_cg", [True, False])
def test_als_takes_the_same_way_as_implicit(use_cg: bool) -> None:
    theirs, layer, data = load(IMPLICIT), load(LAYER), random_counts()
    for settings in ({}, {"alpha": 10.0}, {"regularization": 5.0, "factors": 3}):
        pair = [fitted(als(lib, use_cg=use_cg, iterations=4, **settings), data) for lib in (theirs, layer)]
        for name in ("user_factors", "item_factors"):
            one, other = (getattr(model, name) for model in pair)
            np.testing.assert_allclose(one, other, atol=5e-3 * np.abs(one).max())


def test_what_cannot_be_trained(lib: types.ModuleType) -> None:
    data = board(10)
    data.data[0] = np.nan
    with pytest.raises(lib.recommender_base.ModelFitError):
        als(lib).fit(data, show_progress=False)
    for empty in (sp.csr_matrix((3, 3)), sp.csr_matrix(np.diag([0.0, 1.0, 0.0]))):
        assert bpr(lib).fit(empty, show_progress=False) is None
        assert als(lib).fit(empty, show_progress=False) is None
    for factory in (als, bpr):
        with pytest.raises(ValueError):
            factory(lib, use_gpu=True)
    with pytest.raises(ValueError, match="regularization"):
        als(lib, factors=20, regularization=0, use_cg=False).fit(board(5), show_progress=False)
    assert lib.gpu.HAS_CUDA is False


# --- fold-in, partial fits, explanations ---------------------------------------------------------


def test_recalculated_rows_solve_their_equations(lib: types.ModuleType) -> None:
    data = random_counts()
    model = fitted(als(lib, alpha=3.0, regularization=0.5), data)
    for rows, other, recalculate in (
        (data, model.item_factors, model.recalculate_user),
        (data.T.tocsr(), model.user_factors, model.recalculate_item),
    ):
        found = recalculate(np.array([4, 0]), rows[[4, 0]])
        for row, place in zip(found, (4, 0), strict=True):
            c = 3.0 * rows[place].toarray()[0].astype(np.float64)
            y = other.astype(np.float64)
            a = y.T @ y + (y.T * np.where(c > 0, c - 1, 0)) @ y + 0.5 * np.eye(8)
            np.testing.assert_allclose(row, np.linalg.solve(a, y.T @ c), rtol=2e-3, atol=2e-4)
        np.testing.assert_allclose(recalculate(4, rows[4]), found[0], rtol=1e-5)
    with pytest.raises(ValueError):
        model.recalculate_user([0, 1], data)
    ids, scores = model.recommend(0, data[4], N=3, recalculate_user=True)
    scored = model.item_factors @ model.recalculate_user(4, data[4])
    np.testing.assert_allclose(scores, scored[ids], rtol=1e-4)
    assert not data[4].toarray()[0][ids].any()
    ids, _ = model.similar_items(0, N=1, recalculate_item=True, item_users=data.T.tocsr()[9])
    assert ids[0] == 9
    with pytest.raises(NotImplementedError):
        fitted(bpr(lib, iterations=1), data).recommend(0, data[0], recalculate_user=True)


def test_partial_fits(lib: types.ModuleType) -> None:
    likes = board(50)
    model = fitted(als(lib, factors=2, regularization=0), likes)
    model.partial_fit_users([0], likes[1])
    assert model.recommend(0, likes[1])[0][0] == 1
    model.partial_fit_users([100], likes[1])
    model.partial_fit_items([100], likes[1])
    assert model.user_factors.shape == model.item_factors.shape == (101, 2)
    assert not model.user_factors[60].any()
    assert set(model.recommend(1, likes[1], N=2)[0]) == {1, 100}
    assert model.recommend(100, likes[1], N=3)[0].shape == (3,)
    assert 100 in model.similar_items(1, N=30)[0]
    for partial in (model.partial_fit_users, model.partial_fit_items):
        with pytest.raises(ValueError):
            partial([0, 1], likes[1])


def test_explanations_sum_to_the_score(lib: types.ModuleType) -> None:
    data = random_counts()
    model = fitted(als(lib, alpha=2.0, regularization=5.0), data)
    ids, scores = model.recommend(6, data[6], N=1, recalculate_user=True)
    total, items, weights = model.explain(6, data, ids[0], N=100)
    assert abs(total - scores[0]) < 1e-3 and abs(sum(share for _, share in items) - total) < 1e-4
    assert [share for _, share in items] == sorted((share for _, share in items), reverse=True)
    assert {item for item, _ in items} == set(data[6].indices)
    again, best, _ = model.explain(6, data, ids[0], user_weights=weights, N=2)
    assert abs(again - total) < 1e-4 and [item for item, _ in best] == [item for item, _ in items[:2]]


@pytest.mark.parametrize("kind", MODELS)
def test_models_are_saved_loaded_and_pickled(lib: types.ModuleType, kind: str, tmp_path: object) -> None:
    data = random_counts().astype(np.float64)
    model = fitted(MODELS[kind](lib, iterations=3), data)
    path, buffer = str(tmp_path / "model"), io.BytesIO()
    model.save(path)
    model.save(buffer)
    buffer.seek(0)
    ids, scores = model.recommend([0, 1], data[:2])
    kinds = type(model)
    for other in (kinds.load(path), kinds.load(path + ".npz"), kinds.load(buffer), pickle.loads(pickle.dumps(model))):
        found = other.recommend([0, 1], data[:2])
        assert np.array_equal(found[0], ids) and np.array_equal(found[1], scores)
        assert vars(other).keys() == vars(model).keys()
