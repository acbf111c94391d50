"""The page that is written around a model of `implicit`: FastAPI, uvicorn, answers by orjson.

    MODEL=FOLDER uvicorn app:app --workers 1 --loop uvloop --http httptools --no-access-log --port 8081

FOLDER is what make.py left. It answers `POST /v1/recommend {"users": [..], "k": 10}` in the shape in
which foretaste does. The handler is `async`, so that one user's list is made without a change of thread, and
BLAS and implicit have one thread each: both are faster here than the other way (see README.md).
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy reads it

import json  # noqa: E402

import numpy as np  # noqa: E402
import orjson  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from fastapi import FastAPI, HTTPException, Response  # noqa: E402
from implicit.cpu.als import AlternatingLeastSquares  # noqa: E402
from pydantic import BaseModel, Field  # noqa: E402

FOLDER = os.environ["MODEL"]
model = AlternatingLeastSquares.load(os.path.join(FOLDER, "model.npz"))
model.num_threads = int(os.environ.get("MODEL_THREADS", "1"))
user_items = sp.load_npz(os.path.join(FOLDER, "matrix.npz")).tocsr()
with open(os.path.join(FOLDER, "ids.json")) as file:
    ids = json.load(file)
items = ids["items"]
places = {user: place for place, user in enumerate(ids["users"])}
app = FastAPI(openapi_url=None)


class Asked(BaseModel):
    users: list[str] = Field(min_length=1, max_length=256)
    k: int = Field(10, ge=1, le=1000)


def answer(asked):
    try:
        users = [places[user] for user in asked.users]
    except KeyError as unknown:
        raise HTTPException(404, f"unknown user {unknown}") from None
    lists = []
    for name, user in zip(asked.users, users):
        found, scores = model.recommend(user, user_items[user], N=asked.k)
        # Where a user has had nearly all, implicit fills up with places of -1 or lowest scores.
        kept = [
            (items[item], score)
            for item, score in zip(found.tolist(), scores.tolist())
            if item >= 0 and score > np.finfo(np.float32).min
        ]
        listed = [{"item": item, "score": score} for item, score in kept]
        lists.append({"items": listed, "user": name})
    body = orjson.dumps({"model": "implicit", "lists": lists})
    return Response(body, media_type="application/json")


if os.environ.get("HANDLER") == "threads":

    @app.post("/v1/recommend")
    def recommend(asked: Asked):
        return answer(asked)
else:

    @app.post("/v1/recommend")
    async def recommend(asked: Asked):
        return answer(asked)


@app.get("/healthz")
async def healthz():
    return {"status": "ok"}
