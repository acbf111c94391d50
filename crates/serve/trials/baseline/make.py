#!/usr/bin/env python3
"""Makes data of a MovieLens shape, and the baseline's model of them.

    make.py SHAPE FOLDER [--ratings FILE] [--factors 64] [--iterations 3]

leaves in FOLDER what app.py serves (matrix.npz, model.npz, ids.json); ratings.csv, on which to train the
foretaste model that it is compared with; and users.txt, the ids to ask for. --ratings takes a csv that is
there already (user and item in its first columns, under a header). Needs numpy, scipy, implicit.
"""

import argparse
import json
import os

import numpy as np
import scipy.sparse as sp

# Users, items, interactions; spread of the users' activity, slope of the items' popularity.
SHAPES = {
    "ml-100k": (943, 1_682, 100_000, 1.0, 1.35),
    "ml-1m": (6_040, 3_706, 1_000_209, 1.0, 1.35),
    "ml-20m": (138_493, 26_744, 20_000_263, 1.15, 1.75),
}
AT_ONCE = 2_000  # users
TASTES = 16


def generate(shape, seed=20240601):
    """A user and an item by place, for each interaction.

    Activity is log-normal, 20 items at least; popularity is a power of the rank; and of what is
    popular a user takes what suits tastes that gather in genres.
    """
    n_users, n_items, rows, spread, slope = SHAPES[shape]
    rng = np.random.default_rng(seed)
    activity = rng.lognormal(0.0, spread, n_users)
    for _ in range(20):
        activity *= (rows - 20 * n_users) / activity.sum()
        activity = np.minimum(activity, 0.55 * n_items - 20)
    wanted = 20 + activity.astype(np.int64)
    popularity = rng.permutation((np.arange(n_items) + 0.012 * n_items + 3.0) ** -slope)
    cumulated = np.cumsum(popularity / popularity.sum())
    scale = 1 / np.sqrt(1 + np.arange(TASTES))
    genres = rng.normal(size=(18, TASTES))

    def vectors(n, of_genre, own):
        mixed = of_genre * genres[rng.integers(18, size=n)] + own * rng.normal(size=(n, TASTES))
        return mixed.astype(np.float32)

    items = vectors(n_items, 0.7, 0.7) * (scale / np.sqrt((scale**2).sum())).astype(np.float32)
    users = vectors(n_users, 0.6, 0.8)
    parts = []
    for start in range(0, n_users, AT_ONCE):
        want = wanted[start : start + AT_ONCE]
        keys, tries = np.empty(0, np.int64), 0
        while (missing := want - np.bincount(keys // n_items, minlength=want.size)).any():
            user = np.repeat(np.arange(want.size), np.where(missing > 0, 5 * missing + 6, 0))
            if tries < 6:
                drawn = np.searchsorted(cumulated, rng.random(user.size)).clip(max=n_items - 1)
                liking = np.einsum("ij,ij->i", users[start + user], items[drawn])
                taken = rng.random(user.size) < 1 / (1 + np.exp(2.2 - 2.6 * liking))
            else:  # who has all that is popular and suits takes anything
                drawn = rng.integers(n_items, size=user.size)
                taken = slice(None)
            new = np.setdiff1d(user[taken] * n_items + drawn[taken], keys)
            new = new[np.lexsort((rng.random(new.size), new // n_items))]
            first = np.searchsorted(new // n_items, np.arange(want.size))
            rank = np.arange(new.size) - first[new // n_items]
            keys = np.sort(np.concatenate([keys, new[rank < missing[new // n_items]]]))
            tries += 1
        parts.append(keys + start * n_items)
    keys = np.concatenate(parts)
    return keys // n_items, keys % n_items


def write(path, users, items):
    """Users are numbered from 1; items by every fourth number, so that no id is its place."""
    with open(path, "w") as file:
        file.write("userId,movieId\n")
        for start in range(0, users.size, 1_000_000):
            part = slice(start, start + 1_000_000)
            pairs = zip((users[part] + 1).tolist(), (items[part] * 4 + 3).tolist())
            file.writelines(f"{user},{item}\n" for user, item in pairs)


def read(path):
    """Users × items, and the ids of both."""
    ids = np.loadtxt(path, dtype=np.int64, delimiter=",", skiprows=1, usecols=(0, 1))
    (users, rows), (items, columns) = (np.unique(ids[:, n], return_inverse=True) for n in (0, 1))
    ones = np.ones(rows.size, dtype=np.float32)
    matrix = sp.csr_matrix((ones, (rows, columns)), shape=(users.size, items.size))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix, [str(user) for user in users], [str(item) for item in items]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder")
    parser.add_argument("--ratings")
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--iterations", type=int, default=3)
    asked = parser.parse_args()
    os.makedirs(asked.folder, exist_ok=True)
    ratings = asked.ratings or os.path.join(asked.folder, "ratings.csv")
    if not asked.ratings:
        write(ratings, *generate(asked.shape))
    matrix, users, items = read(ratings)
    print(f"{matrix.nnz:,} interactions, {len(users):,} users, {len(items):,} items", flush=True)
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(factors=asked.factors, iterations=asked.iterations, random_state=1)
    model.fit(matrix, show_progress=False)
    model.save(os.path.join(asked.folder, "model.npz"))
    sp.save_npz(os.path.join(asked.folder, "matrix.npz"), matrix, compressed=False)
    with open(os.path.join(asked.folder, "ids.json"), "w") as file:
        json.dump({"users": users, "items": items}, file)
    with open(os.path.join(asked.folder, "users.txt"), "w") as file:
        file.writelines(f"{user}\n" for user in users)


if __name__ == "__main__":
    main()
