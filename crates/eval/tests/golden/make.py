"""Makes the golden files: run.txt, qrels.txt, qrels_graded.txt and expected.json.

The figures are those of `ir-measures`, an implementation that knows nothing of this crate. Run it
with Python 3 and `pip install ir-measures`; it writes next to itself, the same bytes every time.
The Rust tests read the files and need no Python.

What the data hold: tied scores; users without a list; users in the run without qrels; lists
shorter than k; users all of whose judged items have relevance 0; items of the qrels that no list
holds; ids whose order as numbers is not that as text.

Two things are done here and not left to ir-measures, since tools differ in them:
- Ties: run.txt keeps them; ir-measures gets the same lists with scores that decrease strictly, ties
  resolved by ascending item id (a number). So equality tests this crate's rule for ties.
- Averages: over all users with at least one relevant item; without a list they score 0.
"""

import json
import math
import platform
import random
from importlib.metadata import version
from pathlib import Path

import ir_measures
from ir_measures import AP, P, R, RR, Qrel, ScoredDoc, Success, nDCG

HERE = Path(__file__).parent
CUTOFFS = [1, 5, 10, 20, 100]
MEASURES = {"ndcg": nDCG, "recall": R, "precision": P, "ap": AP, "rr": RR, "hit": Success}
N_USERS, N_ITEMS = 60, 300


def make_data(rng):
    """Lists {user: {item: score}} and judgements {user: {item: grade}}."""
    run, graded = {}, {}
    for user in range(1, N_USERS + 1):
        liked = rng.sample(range(1, N_ITEMS + 1), rng.choice([1, 2, 5, 12, 40, 130]))
        graded[user] = {item: rng.choice([0, 1, 1, 2, 3, 4]) for item in liked}
        # Short lists, lists of about a cut-off's length, and long ones.
        items = rng.sample(range(1, N_ITEMS + 1), rng.choice([1, 3, 9, 10, 21, 99, 100, 150]))
        # Few distinct scores make many ties; relevant items tend to score higher.
        levels = rng.choice([1, 3, 8, 1000])
        lift = levels * rng.choice([0.0, 0.5, 1.0])
        run[user] = {
            item: math.floor(rng.random() * levels + lift * (graded[user].get(item, 0) > 0)) / 8
            for item in items
        }
    for user in range(1, N_USERS + 1, 11):
        del run[user]
    for user in (7, 30):
        del graded[user]
    graded[9] = {item: 0 for item in graded[9]}
    return run, graded


def order(scores):
    """Best first; ties by ascending item id."""
    return sorted(scores, key=lambda item: (-scores[item], item))


def scored(run, k=None):
    """The run for ir-measures: without ties, cut to the first k."""
    docs = []
    for user, scores in run.items():
        items = order(scores)[:k]
        docs += [ScoredDoc(str(user), str(item), len(items) - n) for n, item in enumerate(items)]
    return docs


def harmonic_mean(a, b):
    return 2 * a * b / (a + b) if a + b > 0 else 0.0


def judge(run, judgements):
    """Values {metric: {user: value}} of every user with a relevant item."""
    users = [str(user) for user, row in judgements.items() if any(rel > 0 for rel in row.values())]
    qrels = [
        Qrel(str(user), str(item), rel)
        for user, row in judgements.items()
        for item, rel in row.items()
    ]
    values = {}
    for k in CUTOFFS:
        for name, measure in MEASURES.items():
            by_user = {user: 0.0 for user in users}
            # trec_eval's reciprocal rank knows no cut-off: cut the lists instead.
            asked, docs = (RR, scored(run, k)) if name == "rr" else (measure @ k, scored(run))
            for found in ir_measures.iter_calc([asked], qrels, docs):
                if found.query_id in by_user:
                    by_user[found.query_id] = found.value
            values[f"{name}@{k}"] = by_user
        p, r = values[f"precision@{k}"], values[f"recall@{k}"]
        values[f"f1@{k}"] = {user: harmonic_mean(p[user], r[user]) for user in users}
    return values


def expected(run, judgements):
    values = judge(run, judgements)
    users = next(iter(values.values()))
    return {
        "users": len(users),
        "users_without_list": sum(int(user) not in run for user in users),
        "mean": {name: sum(by_user.values()) / len(by_user) for name, by_user in values.items()},
        "per_user": values,
    }


def write_qrels(path, judgements):
    lines = [
        f"{user} 0 {item} {rel}" for user, row in judgements.items() for item, rel in row.items()
    ]
    path.write_text("\n".join(lines) + "\n")


def main():
    rng = random.Random(20240610)
    run, graded = make_data(rng)
    binary = {user: {i: int(rel > 0) for i, rel in row.items()} for user, row in graded.items()}
    # In no useful order: a reader has to sort by score, whatever the rank says.
    lines = [
        f"{user} Q0 {item} 0 {score} golden"
        for user, row in run.items()
        for item, score in row.items()
    ]
    rng.shuffle(lines)
    (HERE / "run.txt").write_text("\n".join(lines) + "\n")
    write_qrels(HERE / "qrels.txt", binary)
    write_qrels(HERE / "qrels_graded.txt", graded)
    packages = ["ir-measures", "pytrec-eval-terrier"]
    result = {
        "made_by": {"python": platform.python_version()}
        | {name: version(name) for name in packages},
        "qrels.txt": expected(run, binary),
        "qrels_graded.txt": expected(run, graded),
    }
    (HERE / "expected.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
