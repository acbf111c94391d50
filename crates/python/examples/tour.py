# %% [markdown]
# # A tour of foretaste
#
# Run it as a script, or cell by cell in a notebook (the cells are those of Jupytext, VS Code and Spyder). It takes
# the sample that the repository has: 60 thousand made-up interactions with films.

# %%
from pathlib import Path

import foretaste
import numpy as np
import pandas as pd

here = Path(__file__).resolve().parent
sample = here.parents[2] / "datasets" / "sample"
rows = pd.read_csv(sample / "interactions.csv")
films = pd.read_csv(sample / "items.csv").set_index("item")
rows.head()

# %% [markdown]
# ## What everybody likes, and what somebody does
#
# Hold out each user's latest rows, then hold methods against each other: popularity first, since whatever does not
# beat it has learnt nothing.

# %%
rows = rows.sort_values(["user", "time"])
last = rows.groupby("user").cumcount(ascending=False) < 3
train, test = rows[~last], rows[last]
models = {
    "popularity": foretaste.Popularity(),
    "item-knn": foretaste.ItemKNN(),
    "bpr": foretaste.BPR(factors=32, epochs=20),
}
for model in models.values():
    model.fit(train)


# %%
def recall(model: foretaste.Estimator, n: int = 20) -> float:
    """The share of the held-out rows that are in lists of n."""
    lists = model.recommend(test["user"].unique(), n, unknown="skip").to_pandas()
    found = lists.merge(test, on=["user", "item"])
    return len(found) / len(test)


recalls = pd.Series({name: recall(model) for name, model in models.items()}, name="recall@20")
recalls

# %% [markdown]
# ## A list, and why

# %%
knn = models["item-knn"]
user = int(test["user"].iloc[0])
best = knn.recommend(user, 5).to_pandas().join(films, on="item")
best

# %%
why = knn.explain(user, int(best["item"].iloc[0]))
[(films["title"][item], round(part, 3)) for item, part in why.history[:3]]

# %% [markdown]
# ## Somebody new, and what is alike

# %%
liked = best["item"].tolist()[:3]
knn.recommend_for(liked, 5).to_pandas().join(films, on="item")

# %%
models["bpr"].similar_items(liked[0], 5).to_pandas().join(films["title"], on="similar_item")

# %% [markdown]
# ## Only what is in stock, and nothing of one kind

# %%
dramas = films.index[films["genre"] == "Drama"].intersection(rows["item"]).tolist()
in_stock = np.sort(rows["item"].unique())[::2]
filtered = knn.recommend(user, 5, allow=in_stock, deny=dramas).to_pandas().join(films, on="item")
assert not set(filtered["item"]) & set(dramas)
filtered

# %% [markdown]
# ## The same bits, anywhere

# %%
again = foretaste.BPR(factors=32, epochs=20, threads=1).fit((train["user"], train["item"]))
assert again.fingerprint_ == models["bpr"].fingerprint_
again.fingerprint_[:16]
