"""The other libraries, behind one interface, and data of MovieLens' shapes. Started by run.py.

    peers.py generate SHAPE FILE                               writes ratings as csv
    peers.py describe PEER,PEER FILE                           versions and size, as json
    peers.py PEER epoch FILE FACTORS THREADS FEW MANY          seconds of an epoch, as json
    peers.py PEER train FILE FACTORS THREADS EPOCHS FOLDER     leaves matrix and model in a folder
    peers.py PEER topk FOLDER THREADS                          seconds of the call, as json
    peers.py PEER lists FOLDER THREADS                         leaves the lists in the folder
    peers.py PEER process FILE FACTORS THREADS EPOCHS          from csv to lists
"""
import json
import os
import sys
import time
from importlib.metadata import version

SHAPES = {
    "ml-100k": (943, 1_682, 100_000),
    "ml-1m": (6_040, 3_706, 1_000_209),
    "ml-20m": (138_493, 26_744, 20_000_263),
}


def generate(shape, path, seed=20240601):
    """Users' activity is log-normal, items' popularity a power of their rank; no tastes."""
    import numpy as np
    import pandas as pd

    n_users, n_items, rows = SHAPES[shape]
    rng = np.random.default_rng(seed)
    activity = rng.lognormal(0.0, 1.0, n_users)
    wanted = 20 + activity / activity.sum() * (rows - 20 * n_users)
    wanted = np.minimum(wanted, n_items / 3).astype(np.int64)
    popularity = (np.arange(n_items) + 0.02 * n_items) ** -1.3
    cumulated = np.cumsum(rng.permutation(popularity / popularity.sum()))
    with open(path, "w") as file:
        file.write("userId,movieId,rating,timestamp\n")
        for start in range(0, n_users, 2_000):
            want = wanted[start:start + 2_000]
            keys = np.empty(0, np.int64)
            while (missing := want - np.bincount(keys // n_items, minlength=want.size)).any():
                # Many more than are missing: active users have the popular items already.
                user = np.repeat(np.arange(want.size), 4 * missing)
                item = np.searchsorted(cumulated, rng.random(user.size)).clip(max=n_items - 1)
                new = np.setdiff1d(user * n_items + item, keys)
                new = new[np.lexsort((rng.random(new.size), new // n_items))]
                first = np.searchsorted(new // n_items, np.arange(want.size))
                rank = np.arange(new.size) - first[new // n_items]
                keys = np.sort(np.concatenate([keys, new[rank < missing[new // n_items]]]))
            table = pd.DataFrame({"user": keys // n_items + start + 1, "item": keys % n_items * 4})
            table["rating"], table["time"] = 4.0, 1_000_000_000 + rng.integers(0, 10**8, keys.size)
            table.to_csv(file, header=False, index=False)


def read(path):
    """A csv of user, item and more as a sparse matrix: what a user of the peer writes."""
    import numpy as np
    import pandas as pd
    import scipy.sparse as sp

    table = pd.read_csv(path, usecols=[0, 1], names=["user", "item"], header=0)
    users, items = (pd.factorize(table[name], sort=True) for name in ("user", "item"))
    shape = (len(users[1]), len(items[1]))
    ones = np.ones(len(table), dtype=np.float32)
    matrix = sp.csr_matrix((ones, (users[0].astype(np.int32), items[0].astype(np.int32))), shape)
    matrix.data[:] = 1.0
    return matrix


class Implicit:
    package = "implicit"

    def __init__(self, matrix, factors, threads):
        self.matrix, self.options = matrix, {"factors": factors, "num_threads": threads}

    def fit(self, epochs):
        from implicit.cpu.bpr import BayesianPersonalizedRanking
        self.model = BayesianPersonalizedRanking(iterations=epochs, random_state=1, **self.options)
        self.model.fit(self.matrix, show_progress=False)

    def recommend(self):
        import numpy as np
        users = np.arange(self.matrix.shape[0])
        return self.model.recommend(users, self.matrix, N=10, filter_already_liked_items=True)

    def save(self, folder):
        import scipy.sparse as sp
        sp.save_npz(os.path.join(folder, "matrix.npz"), self.matrix, compressed=False)
        self.model.save(os.path.join(folder, "model.npz"))

    @classmethod
    def load(cls, folder, threads):
        import scipy.sparse as sp
        from implicit.cpu.bpr import BayesianPersonalizedRanking
        side = cls(sp.load_npz(os.path.join(folder, "matrix.npz")), 0, threads)
        side.model = BayesianPersonalizedRanking.load(os.path.join(folder, "model.npz"))
        side.model.num_threads = threads
        side.model.recommend([0, 1], side.matrix[:2], N=10)  # whatever happens once
        return side


class Cornac:
    package = "cornac"

    def __init__(self, matrix, factors, threads):
        from cornac.data import Dataset
        rows = matrix.tocoo()
        ids = [{n: n for n in range(size)} for size in matrix.shape]
        self.data = Dataset(*matrix.shape, *ids, (rows.row, rows.col, rows.data))
        self.options = {"k": factors, "num_threads": threads}

    def fit(self, epochs):
        from cornac.models import BPR
        self.model = BPR(max_iter=epochs, seed=1 if self.options["num_threads"] == 1 else None,
                         **self.options)
        self.model.fit(self.data)


class Rusket:
    package = "rusket"

    def __init__(self, matrix, factors, threads):
        # Its threads are rayon's, which run.py sets.
        self.matrix, self.factors = matrix, factors

    def fit(self, epochs):
        from rusket import BPR
        self.model = BPR(factors=self.factors, iterations=epochs, seed=1)
        self.model.fit(self.matrix)


class Lightfm:
    package = "rectools-lightfm"

    def __init__(self, matrix, factors, threads):
        self.matrix, self.factors, self.threads = matrix.tocoo(), factors, threads

    def fit(self, epochs):
        from lightfm import LightFM
        self.model = LightFM(no_components=self.factors, loss="bpr", random_state=1)
        self.model.fit(self.matrix, epochs=epochs, num_threads=self.threads)


PEERS = {"implicit": Implicit, "cornac": Cornac, "rusket": Rusket, "lightfm": Lightfm}


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def epoch(side, few, many):
    side.fit(1)  # imports, and whatever else happens once
    short, long = (seconds(lambda: side.fit(epochs)) for epochs in (few, many))
    return (long - short) / (many - few)


def measure(peer, mode, rest):
    """What the mode says; its seconds, where it times a part of this process."""
    import numpy as np
    if mode in ("topk", "lists"):
        folder, threads = rest
        side = PEERS[peer].load(folder, int(threads))
        if mode == "topk":
            return seconds(side.recommend)
        np.savez(os.path.join(folder, "lists.npz"), *side.recommend())
        return None
    path, factors, threads, epochs, *rest = rest
    side = PEERS[peer](read(path), int(factors), int(threads))
    if mode == "epoch":
        return epoch(side, int(epochs), int(rest[0]))
    side.fit(int(epochs))
    if mode == "train":
        side.save(rest[0])
    else:
        side.recommend()
    return None


def main():
    command, *rest = sys.argv[1:]
    if command == "generate":
        generate(*rest)
    elif command == "describe":
        matrix = read(rest[1])
        data = f"{matrix.nnz:,} interactions, {matrix.shape[0]:,} users, {matrix.shape[1]:,} items"
        peers = [PEERS[name].package for name in rest[0].split(",") if name in PEERS]
        peers = [f"{package} {version(package)}" for package in peers]
        peers = ", ".join([*peers, f"Python {sys.version.split()[0]}"])
        sizes = {"rows": matrix.nnz, "users": matrix.shape[0]}
        print(json.dumps({"data": data, **sizes, "peers": peers}))
    else:
        mode, *rest = rest
        print(json.dumps({"seconds": measure(command, mode, rest)}))


if __name__ == "__main__":
    main()
