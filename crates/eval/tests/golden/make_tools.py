"""Makes tools.json, tools_*.txt: three runs, two judgements, scored by three tools.

Run it with Python 3 and `pip install ir-measures pytrec-eval-terrier ranx`; it writes next to itself, the
same bytes every time. The Rust tests read the files and need no Python. `make.py`, beside it, makes
a larger run scored by one tool.

Tools: trec_eval by its Python binding pytrec-eval-terrier, which compiles trec_eval's own C code;
ir-measures; ranx, which shares no code with either. Their versions are in the file.

Runs: `ties` has few distinct scores; `short` has lists of 0 to 12 items and users without a list;
`long` has lists of 60 items and distinct scores that are not in the order of the file. Judgements:
`binary`, and `graded` with grades 0 to 4. Some users have no judgement, some only of grade 0, and some
relevant items are in no list.

What is done here, since tools differ in it:
- Ties: the tools get the lists with scores that decrease strictly, ties resolved by ascending item
  id. (trec_eval itself breaks ties by descending id as text; ranx as its sort leaves them.)
- Averages: over all users with a relevant item, without a list 0. (trec_eval leaves users without a
  list out unless called with -c; ranx refuses them.)
- trec_eval has no F1 and no cut-off of the reciprocal rank: its F1 is the harmonic mean of its P and recall
  of the user, and for the reciprocal rank it gets the first k of each list.
"""

import json
import platform
import random
import warnings
from importlib.metadata import version
from pathlib import Path

import ir_measures
import pytrec_eval
from ir_measures import AP, P, R, RR, Qrel, ScoredDoc, Success, nDCG

warnings.filterwarnings("ignore")
import ranx  # noqa: E402

HERE = Path(__file__).parent
CUTOFFS = [3, 10, 20]
N_USERS, N_ITEMS = 40, 120


def make_graded(rng):
    graded = {}
    for user in range(1, N_USERS + 1):
        liked = rng.sample(range(1, N_ITEMS + 1), rng.choice([1, 2, 4, 9, 30]))
        graded[user] = {item: rng.choice([0, 1, 1, 2, 3, 4]) for item in liked}
    for user in (6, 21):
        del graded[user]
    graded[9] = {item: 0 for item in graded[9]}
    return graded


def make_runs(rng, graded):
    runs = {"ties": {}, "short": {}, "long": {}}
    for user in range(1, N_USERS + 1):
        liked = graded.get(user, {})
        items = rng.sample(range(1, N_ITEMS + 1), 40)
        lift = rng.choice([0, 1, 2])
        runs["ties"][user] = {
            item: (rng.randrange(4) + lift * (liked.get(item, 0) > 0)) / 4 for item in items
        }
        items = rng.sample(range(1, N_ITEMS + 1), rng.randrange(0, 13))
        if items:
            runs["short"][user] = {item: round(rng.random(), 6) for item in items}
        items = rng.sample(range(1, N_ITEMS + 1), 60)
        runs["long"][user] = {
            item: round(rng.random() + 0.2 * liked.get(item, 0), 9) for item in items
        }
    return runs


def strictly(run, k=None):
    """Lists {user: {item: score}}, ids as text, without ties, cut to the first k."""
    lists = {}
    for user, scores in run.items():
        items = sorted(scores, key=lambda item: (-scores[item], item))[:k]
        lists[str(user)] = {str(item): float(len(items) - n) for n, item in enumerate(items)}
    return lists


def harmonic_mean(a, b):
    return 2 * a * b / (a + b) if a + b > 0 else 0.0


def with_f1(values):
    for k in CUTOFFS:
        p, r = values[f"precision@{k}"], values[f"recall@{k}"]
        values[f"f1@{k}"] = {user: harmonic_mean(p[user], r[user]) for user in p}
    return values


def by_trec_eval(run, qrels):
    names = {"ndcg": "ndcg_cut", "recall": "recall", "precision": "P", "ap": "map_cut"}
    names["hit"] = "success"
    asked = {f"{measure}.{k}" for measure in names.values() for k in CUTOFFS}
    found = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(strictly(run))
    values = {}
    for k in CUTOFFS:
        for name, measure in names.items():
            values[f"{name}@{k}"] = {user: row[f"{measure}_{k}"] for user, row in found.items()}
        cut = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(strictly(run, k))
        values[f"rr@{k}"] = {user: row["recip_rank"] for user, row in cut.items()}
    return with_f1(values)


def by_ir_measures(run, qrels):
    judged = [Qrel(u, i, rel) for u, row in qrels.items() for i, rel in row.items()]
    docs = [ScoredDoc(u, i, score) for u, row in strictly(run).items() for i, score in row.items()]
    measures = {"ndcg": nDCG, "recall": R, "precision": P, "ap": AP, "hit": Success, "rr": RR}
    values = {}
    for k in CUTOFFS:
        for name, measure in measures.items():
            found = ir_measures.iter_calc([measure @ k], judged, docs)
            values[f"{name}@{k}"] = {metric.query_id: metric.value for metric in found}
    return with_f1(values)


def by_ranx(run, qrels):
    names = {"ndcg": "ndcg", "recall": "recall", "precision": "precision", "ap": "map"}
    names |= {"rr": "mrr", "hit": "hit_rate", "f1": "f1"}
    lists = {user: row for user, row in strictly(run).items() if user in qrels}
    judged = {user: row for user, row in qrels.items() if user in lists}
    asked = [f"{measure}@{k}" for measure in names.values() for k in CUTOFFS]
    scored = ranx.Run(lists)
    ranx.evaluate(ranx.Qrels(judged), scored, asked)
    return {
        f"{name}@{k}": {user: float(value) for user, value in scored.scores[f"{measure}@{k}"].items()}
        for name, measure in names.items()
        for k in CUTOFFS
    }


TOOLS = {"trec_eval": by_trec_eval, "ir-measures": by_ir_measures, "ranx": by_ranx}


def expected(name, run, judged, judgements):
    qrels = {str(u): {str(i): rel for i, rel in row.items()} for u, row in judgements.items()}
    users = sorted(u for u, row in judgements.items() if any(rel > 0 for rel in row.values()))
    relevant = {str(user): qrels[str(user)] for user in users}
    tools = {}
    for tool, score in TOOLS.items():
        values = score(run, relevant)
        tools[tool] = {
            metric: [float(found.get(str(user), 0.0)) for user in users]
            for metric, found in sorted(values.items())
        }
    return {
        "run": f"tools_{name}.txt",
        "qrels": f"tools_{judged}.txt",
        "users": [str(user) for user in users],
        "users_without_list": sum(user not in run for user in users),
        "tools": tools,
    }


def main():
    rng = random.Random(20260611)
    graded = make_graded(rng)
    runs = make_runs(rng, graded)
    binary = {user: {i: int(rel > 0) for i, rel in row.items()} for user, row in graded.items()}
    for name, run in runs.items():
        lines = [f"{u} Q0 {i} 0 {s} golden" for u, row in run.items() for i, s in row.items()]
        rng.shuffle(lines)
        (HERE / f"tools_{name}.txt").write_text("\n".join(lines) + "\n")
    cases = []
    for judged, judgements in {"binary": binary, "graded": graded}.items():
        lines = [f"{u} 0 {i} {rel}" for u, row in judgements.items() for i, rel in row.items()]
        (HERE / f"tools_{judged}.txt").write_text("\n".join(lines) + "\n")
        cases += [expected(name, run, judged, judgements) for name, run in runs.items()]
    packages = ["ir-measures", "pytrec-eval-terrier", "ranx"]
    made_by = {"python": platform.python_version()} | {name: version(name) for name in packages}
    head = json.dumps({"made_by": made_by})[:-1]
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "tools.json").write_text(head + ', "cases": [\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
