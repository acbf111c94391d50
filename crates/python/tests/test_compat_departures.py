"""What is not a model, over both packages: splits, metrics, weights; and where the layer departs."""

import io
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


class Shuffled:
    """A model that lists the same items whoever asks: those of a permutation."""

    def recommend(self, userids: object, user_items: object, N: int = 10, **_: object) -> tuple:
        rng = np.random.default_rng(0)
        ids = np.stack([rng.permutation(user_items.shape[1])[:N] for _ in range(len(userids))])
        return ids.astype(np.int32), np.zeros(ids.shape, dtype=np.float32)


# --- splits and metrics --------------------------------------------------------------------------


def test_train_test_split(lib: types.ModuleType) -> None:
    data = random_counts()
    data.data[3] = -1
    for matrix in (data, data.tocoo(), data.tocsc()):
        train, test = lib.evaluation.train_test_split(matrix, train_percentage=0.7, random_state=5)
        assert isinstance(train, sp.csr_matrix) and isinstance(test, sp.csr_matrix)
        assert train.shape == test.shape == data.shape and train.dtype == data.dtype
        whole = (train + test).toarray()
        assert np.array_equal(np.maximum(whole, 0), np.maximum(data.toarray(), 0)) and (test.data > 0).all()
    same, _ = lib.evaluation.train_test_split(matrix, train_percentage=0.7, random_state=5)
    assert (same != train).nnz == 0 and 0.6 < train.nnz / data.nnz < 0.8


def test_splits_are_the_same_in_both() -> None:
    theirs, layer, data = load(IMPLICIT), load(LAYER), random_counts()
    for seed in (0, 7):
        one, other = (lib.evaluation.train_test_split(data, 0.8, seed) for lib in (theirs, layer))
        assert (one[0] != other[0]).nnz == 0 and (one[1] != other[1]).nnz == 0


@pytest.mark.parametrize(("k", "kept"), [(1, 0.0), (2, 0.0), (2, 0.5)])
def test_leave_k_out_split(lib: types.ModuleType, k: int, kept: float) -> None:
    data = random_counts()
    data = sp.vstack([data, data[:1] * 0]).tocsr()
    data.eliminate_zeros()
    train, test = lib.evaluation.leave_k_out_split(data, K=k, train_only_size=kept, random_state=3)
    assert train.dtype == test.dtype == data.dtype and ((train + test > 0) != (data > 0)).nnz == 0
    # Departure: where users are left out between others, implicit counts items of the test set twice.
    assert ((train + test != data).nnz == 0) == (ours(lib) or kept == 0)
    counts, out = np.diff(data.indptr), np.diff(test.indptr)
    assert set(out) == {0, k} and not out[counts <= k + 1].any()
    assert (out == 0)[counts > k + 1].sum() <= int(60 * kept)
    for wrong in ({"K": 0}, {"K": 1, "train_only_size": 1.0}, {"K": 1, "train_only_size": -0.1}):
        with pytest.raises(ValueError):
            lib.evaluation.leave_k_out_split(data, **wrong)


def test_metrics_are_their_definitions(lib: types.ModuleType) -> None:
    train, test = load(LAYER).evaluation.train_test_split(random_counts(), 0.7, 1)
    test.data[test.indptr[5] : test.indptr[6]] = 0
    test.eliminate_zeros()
    users = np.flatnonzero(np.diff(test.indptr))
    k, model = 6, Shuffled()
    ids, _ = model.recommend(users, train, N=k)
    sums = dict.fromkeys(("hits", "most", "map", "ndcg", "auc"), 0.0)
    for user, listed in zip(users, ids, strict=True):
        liked = set(test[user].indices)
        hit = np.array([item in liked for item in listed])
        most, others = min(k, len(liked)), test.shape[1] - len(liked)
        gains = 1 / np.log2(np.arange(2, k + 2))
        sums["hits"] += hit.sum()
        sums["most"] += most
        sums["map"] += (hit * hit.cumsum() / np.arange(1, k + 1)).sum() / most
        sums["ndcg"] += (gains * hit).sum() / gains[:most].sum()
        area = hit.cumsum()[~hit].sum() + (hit.sum() + len(liked)) / 2 * (others - (~hit).sum())
        sums["auc"] += area / (len(liked) * others)
    n = len(users)
    expected = {"precision": sums["hits"] / sums["most"]}
    expected |= {name: sums[name] / n for name in ("map", "ndcg", "auc")}
    for matrices in ((train, test), (train.tocoo(), test.tocsc())):
        found = lib.evaluation.ranking_metrics_at_k(model, *matrices, K=k, show_progress=False)
        assert found == pytest.approx(expected)
    for name, function in (
        ("precision", lib.evaluation.precision_at_k),
        ("map", lib.evaluation.mean_average_precision_at_k),
        ("ndcg", lib.evaluation.ndcg_at_k),
        ("auc", lib.evaluation.AUC_at_k),
    ):
        assert function(model, train, test, K=k, show_progress=False) == pytest.approx(expected[name])


@pytest.mark.parametrize("kind", MODELS)
def test_what_is_kept_back_is_found(lib: types.ModuleType, kind: str) -> None:
    data = board(30)
    model = fitted(MODELS[kind](lib), data)
    held = sp.csr_matrix(np.eye(30))
    assert lib.evaluation.precision_at_k(model, data, held, K=1, show_progress=False) == 1


# --- weights and other functions -----------------------------------------------------------------


def test_weights_of_neighbours(lib: types.ModuleType) -> None:
    counts, of = random_counts().astype(np.float64), lib.nearest_neighbours
    dense = counts.toarray()
    idf = np.log(60.0) - np.log1p((dense > 0).sum(axis=0))
    np.testing.assert_allclose(of.tfidf_weight(counts).toarray(), np.sqrt(dense) * idf)
    long = dense.sum(axis=1, keepdims=True)
    norm = 1 - 0.8 + 0.8 * long / long.mean()
    weighed = of.bm25_weight(counts)
    np.testing.assert_allclose(weighed.toarray(), dense * 101 / (100 * norm + dense) * idf)
    assert sp.issparse(weighed) and weighed.format == "coo"
    rows = of.normalize(counts).toarray()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)


def test_all_pairs_are_the_largest_products(lib: types.ModuleType) -> None:
    weighed = lib.nearest_neighbours.tfidf_weight(random_counts()).tocsr()
    found = lib.nearest_neighbours.all_pairs_knn(weighed, 4, show_progress=False).tocsr()
    products = (weighed.T @ weighed).toarray()
    assert found.shape == (45, 45) and (np.diff(found.indptr) == 4).all()
    for item in range(45):
        row = np.sort(found[item].data)[::-1]
        np.testing.assert_allclose(row, -np.sort(-products[item])[:4])
        np.testing.assert_allclose(found[item].data, products[item][found[item].indices])


def test_scores_of_neighbours_are_sums(lib: types.ModuleType) -> None:
    data = random_counts().astype(np.float64)
    model = fitted(lib.nearest_neighbours.CosineRecommender(K=6), data)
    ids, scores = model.recommend(3, data[3], N=8, filter_already_liked_items=False)
    summed = (data[3] @ model.similarity).toarray()[0]
    np.testing.assert_allclose(scores, -np.sort(-summed)[:8])
    np.testing.assert_allclose(summed[ids], scores)
    unlike, _ = model.similar_items(3, N=50)
    assert len(unlike) == 6


def test_the_same_neighbours_in_both() -> None:
    theirs, layer, data = load(IMPLICIT), load(LAYER), random_counts().astype(np.float64)
    for kind in ("cosine", "tfidf", "bm25"):
        one, other = (fitted(MODELS[kind](lib), data) for lib in (theirs, layer))
        assert abs(one.similarity - other.similarity).max() < 1e-12
        for model in (one, other):
            listed = model.recommend(np.arange(60), data, N=4)
            assert np.array_equal(listed[0], one.recommend(np.arange(60), data, N=4)[0])


def test_utils(lib: types.ModuleType) -> None:
    data = random_counts()
    assert dict(lib.utils.nonzeros(data, 2)) == dict(zip(data[2].indices, data[2].data, strict=True))
    rows = np.random.default_rng(0).normal(size=(9, 4))
    longest, wider = lib.utils.augment_inner_product_matrix(rows)
    np.testing.assert_allclose(np.linalg.norm(wider, axis=1), longest)
    np.testing.assert_array_equal(wider[:, :4], rows)
    one = lib.utils.check_random_state(5).random(3)
    assert np.array_equal(one, np.random.default_rng(5).random(3))
    generator = np.random.default_rng(1)
    assert lib.utils.check_random_state(generator) is generator
    assert lib.utils.check_csr(data) is data
    with pytest.warns(lib.utils.ParameterWarning):
        assert (lib.utils.check_csr(data.tocsc()) != data).nnz == 0


def test_what_is_deprecated_warns(lib: types.ModuleType) -> None:
    data = board(20)
    model = fitted(als(lib), data)
    with pytest.warns(DeprecationWarning):
        assert set(model.rank_items(0, data[0], [1, 2, 3])[0]) == {1, 2, 3}
    with pytest.warns(DeprecationWarning):
        ids = model.recommend_all(data, N=2)
    assert ids.shape == (20, 2) and ids[4, 0] == 4


# --- departures: what implicit does by mistake ---------------------------------------------------


@pytest.mark.parametrize("kind", FACTORS)
def test_departure_short_lists(lib: types.ModuleType, kind: str) -> None:
    """implicit lists the filtered items themselves at −FLT_MAX, then item 0 at 0; the layer, id −1."""
    data = board(20)
    model = fitted(MODELS[kind](lib), data)
    ids, scores = model.recommend(0, data[0], N=25)
    assert ids.shape == scores.shape == (25,) and set(ids[:11]) == {0, *range(1, 20, 2)}
    if ours(lib):
        assert (ids[11:] == -1).all() and (scores[11:] == LOWEST).all()
    else:
        assert set(ids[11:20]) == set(range(2, 20, 2)) and (scores[11:20] == LOWEST).all()
        assert (ids[20:] == 0).all() and (scores[20:] == 0).all()
    ids, scores = model.similar_items(0, N=4, items=[4, 0, 2])
    assert ids[0] == 0 and ids[3] == (-1 if ours(lib) else 4)


@pytest.mark.parametrize("kind", ["cosine", "bm25"])
def test_departure_neighbours_list_no_seen_items(lib: types.ModuleType, kind: str) -> None:
    """implicit lists liked items at a score of 0, and len(filter_items) items too many."""
    data = board(20)
    model = fitted(MODELS[kind](lib), data)
    ids, scores = model.recommend(0, data[0], N=12)
    assert (list(ids) == [0]) if ours(lib) else (len(ids) == 10 and (scores[1:] == 0).all())
    ids, _ = model.recommend(0, data[0], N=2, filter_items=[1, 3], filter_already_liked_items=False)
    assert len(ids) == (2 if ours(lib) else 4) and not np.isin(ids, [1, 3]).any()


def test_departure_what_the_layer_takes(lib: types.ModuleType) -> None:
    """implicit refuses sparse arrays, NumPy filters beside items, RandomState and N = 0."""
    data = board(20)
    model = fitted(als(lib), data)
    took = []
    for ask in (
        lambda: model.recommend(0, sp.csr_array(data)[[0]], N=2),
        lambda: fitted(als(lib, random_state=np.random.RandomState(1)), data).user_factors,
        lambda: model.recommend(0, data[0], N=0),
        lambda: fitted(lib.nearest_neighbours.ItemItemRecommender(K=3), data.astype(np.int64)).K,
        lambda: fitted(lib.nearest_neighbours.ItemItemRecommender(K=3), data.astype(np.float32)).K,
    ):
        try:
            ask()
            took.append(True)
        except (ValueError, AttributeError, IndexError):
            took.append(False)
    assert took == [ours(lib)] * 5
    with pytest.raises(ValueError, match="both items and filter_items" if ours(lib) else "ambiguous"):
        model.recommend(0, data[0], items=[1], filter_items=np.array([1, 2]))


def test_departure_a_seed_decides_what_is_left_out(lib: types.ModuleType) -> None:
    """implicit chooses the items by NumPy's global state."""
    data = random_counts()
    splits = [lib.evaluation.leave_k_out_split(data, K=2, random_state=1)[1] for _ in range(2)]
    assert ((splits[0] != splits[1]).nnz == 0) == ours(lib)


def test_departure_what_follows_from_factors_is_not_stale(lib: types.ModuleType) -> None:
    """implicit keeps norms and products of factors that somebody has set anew."""
    data = random_counts()
    model = fitted(als(lib, iterations=3), data)
    model.similar_items(0), model.recalculate_user(0, data[0])
    model.item_factors = model.item_factors * 2
    norms = np.linalg.norm(model.item_factors, axis=1)
    assert np.allclose(model.item_norms, norms, rtol=1e-4) == ours(lib)
    products = model.item_factors.T @ model.item_factors
    assert np.allclose(model.YtY, products, rtol=1e-4) == ours(lib)


def test_departure_rows_are_counted(lib: types.ModuleType) -> None:
    """implicit takes the first rows of a matrix that has too many."""
    data = random_counts()
    model = fitted(als(lib, iterations=2), data)
    near = fitted(lib.nearest_neighbours.CosineRecommender(), data)
    for ask in (
        lambda: model.recalculate_item([0, 1], data.T.tocsr()),
        lambda: near.recommend(1, data),
    ):
        if ours(lib):
            with pytest.raises(ValueError, match="1 row for every"):
                ask()
        else:
            ask()


def test_departure_small_ones(lib: types.ModuleType) -> None:
    """implicit divides by 0 without a test entry; K of a loaded model is an array; generators stay out."""
    data = random_counts()
    with pytest.raises(ValueError if ours(lib) else ZeroDivisionError):
        nothing = sp.csr_matrix(data.shape, dtype=np.float32)
        lib.evaluation.precision_at_k(Shuffled(), data, nothing, show_progress=False)
    near, file = fitted(lib.nearest_neighbours.CosineRecommender(K=4), data), io.BytesIO()
    near.save(file)
    file.seek(0)
    assert isinstance(type(near).load(file).K, int) == ours(lib)
    model, file = fitted(als(lib, iterations=1, random_state=np.random.default_rng(1)), data), io.BytesIO()
    model.save(file)
    file.seek(0)
    if ours(lib):
        assert np.array_equal(type(model).load(file).user_factors, model.user_factors)
    else:
        with pytest.raises(ValueError):
            type(model).load(file)


@pytest.mark.parametrize("kind", FACTORS)
def test_departure_a_fit_goes_on_with_data_of_its_shape_alone(kind: str) -> None:
    """implicit reads and writes other memory."""
    data = random_counts()
    model = fitted(MODELS[kind](load(LAYER), iterations=1), data)
    with pytest.raises(ValueError, match="model.item_factors = None|model.user_factors = None"):
        model.fit(data[:9, :9], show_progress=False)
    model.user_factors = model.item_factors = None
    assert fitted(model, data[:9, :9]).user_factors.shape[0] == 9


def test_departure_threads_do_not_change_the_result() -> None:
    layer, data = load(LAYER), random_counts(200, 120)
    for factory in (als, bpr):
        models = [fitted(factory(layer, num_threads=n, iterations=4), data) for n in (1, 2, 3)]
        for other in models[1:]:
            np.testing.assert_array_equal(models[0].user_factors, other.user_factors)
            np.testing.assert_array_equal(models[0].item_factors, other.item_factors)
            lists = [model.recommend(np.arange(200), data, N=5) for model in (models[0], other)]
            assert all(np.array_equal(a, b) for a, b in zip(*lists, strict=True))


def test_departure_a_list_is_the_same_whatever_is_asked_for_with_it() -> None:
    """implicit's products round otherwise in a batch. Here many go by the engine's search, few do not."""
    rng, layer = np.random.default_rng(0), load(LAYER)
    model = als(layer, factors=16)
    model.user_factors = rng.normal(size=(700, 16)).astype(np.float32)
    model.item_factors = rng.normal(size=(1600, 16)).astype(np.float32)
    liked = sp.random(700, 1600, 0.05, format="csr", random_state=1)
    for asked in ({}, {"filter_items": np.arange(0, 1600, 3)}, {"items": np.arange(0, 1600, 2)}):
        ids, scores = model.recommend(np.arange(700), liked, **asked)
        for user in range(0, 700, 50):
            one, own = model.recommend(user, liked[user], **asked)
            assert np.array_equal(one, ids[user]) and np.array_equal(own, scores[user])


def test_departure_the_transposed_matrix_is_named() -> None:
    layer, data = load(LAYER), random_counts()
    model = fitted(als(layer), data)
    with pytest.raises(ValueError, match="transpose"):
        model.recommend(np.arange(45), data.T.tocsr())
    with pytest.raises(ValueError, match="user_items\\[userid\\]"):
        model.recommend([0, 1], data)


def test_what_has_no_counterpart_says_so() -> None:
    layer = load(LAYER)
    for name in ("NMSLib", "Annoy", "Faiss"):
        with pytest.raises(NotImplementedError, match="exact"):
            getattr(layer.approximate_als, f"{name}AlternatingLeastSquares")()
    with pytest.raises(NotImplementedError, match="Logistic"):
        layer.lmf.LogisticMatrixFactorization()
    import foretaste.compat.implicit.datasets.movielens as movielens

    with pytest.raises(NotImplementedError, match="foretaste fetch"):
        movielens.get_movielens("100k")
    with pytest.raises(NotImplementedError, match="GPU"):
        als(layer).to_gpu()
