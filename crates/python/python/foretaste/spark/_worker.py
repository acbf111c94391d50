"""What a worker does: one task of a barrier stage, on an executor."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ..errors import ClusterError, DataError
from ._store import DamagedError, Manifest, Part, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from .. import _native
    from ._ring import Ring

__all__ = ["RESULT", "Job", "buffer", "columns"]

#: What a worker yields when it has ended, in one row: which it is, after which epoch it began, bytes that it sent in the
#: epochs since and how many seconds they took, and the epoch in which the training diverged, 0 if it did not.
RESULT = "worker int, resumed int, sent bigint, seconds double, diverged int"


def buffer(data: Any) -> NDArray[np.uint8]:
    """Bytes as the engine takes them, where they are."""
    import numpy as np

    return np.frombuffer(data, np.uint8)


def columns(batches: Iterator[pa.RecordBatch]) -> list[tuple[NDArray[np.uint32], NDArray[np.uint32]]]:
    """The columns `u` and `i` of each batch, where they are."""
    import numpy as np

    both = ([batch.column(batch.schema.get_field_index(name)).to_numpy() for name in ("u", "i")] for batch in batches)
    return [(users.view(np.uint32), items.view(np.uint32)) for users, items in both]


@dataclass(frozen=True)
class Job:
    """A training: sent to the executors as it is, and the same for all of them."""

    method: str
    #: The engine's parameters that differ from its defaults, as JSON.
    given: list[tuple[str, str]]
    facts: dict[str, Any]
    #: The first user of each block, and then how many users there are.
    bounds: list[int]
    #: The first block of each worker, and then how many blocks there are.
    cuts: list[int]
    #: The run's fingerprint.
    run: str
    directory: str
    secret: bytes
    threads: int
    interval: int
    timeout: float

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Trains; all workers at once."""
        import pyarrow as pa
        from pyspark import BarrierTaskContext

        from ._ring import Ring

        context = BarrierTaskContext.get()
        assert context is not None  # it is a barrier stage
        number = context.partitionId()
        member = _Member(self, number, columns(batches), self.threads or context.cpus(), context.allGather)
        with Ring.of_task(self.secret, timeout=self.timeout) as ring:
            row = {"worker": number, **member.train(ring)}
        yield pa.RecordBatch.from_pylist(
            [row],
            pa.schema(
                [
                    ("worker", pa.int32()),
                    ("resumed", pa.int32()),
                    ("sent", pa.int64()),
                    ("seconds", pa.float64()),
                    ("diverged", pa.int32()),
                ]
            ),
        )


class _Member:
    """A worker of a training."""

    def __init__(
        self,
        job: Job,
        number: int,
        pieces: list[tuple[NDArray[np.uint32], NDArray[np.uint32]]],
        threads: int,
        share: Callable[[str], Sequence[str]],
    ) -> None:
        from .. import _native

        self.job, self.number, self.share = job, number, share
        self.store = Store(job.directory)
        self.apart = _native.Apart(job.method, job.given, job.facts, threads)
        first, last = (job.bounds[cut] for cut in job.cuts[number : number + 2])
        self.pairs = self.apart.pairs((first, last), pieces)
        pieces.clear()
        found = sum(int(told) for told in share(str(len(self.pairs))))
        if found != job.facts["nnz"]:
            raise ClusterError(
                f"{found} pairs came to the workers, and {job.facts['nnz']} were counted: the data were changed meanwhile"
            )

    def worker(self) -> _native.Worker:
        """A worker without any numbers yet."""
        return self.apart.worker(self.number, self.job.cuts, self.job.bounds, self.pairs)

    def train(self, ring: Ring) -> dict[str, Any]:
        """Trains from the newest checkpoint, or from the start; what is to be told of it."""
        import numpy as np

        epochs, resumed = self.apart.epochs, 0
        counts = np.zeros((0, self.apart.blocks * 4))
        found = self.store.resume(self.job.run, self.number, self.share, self.restored)
        if found is None:
            worker = self.worker()
            worker.start()
        else:
            manifest, (worker, counts) = found
            resumed = manifest.epoch
        sent, began = ring.sent, time.monotonic()
        for epoch in range(resumed + 1, epochs + 1):
            if epoch > resumed + 1:
                self._deal(ring, worker, epoch)
            self._epoch(ring, worker, epoch)
            sound, own = worker.finish()
            told = [json.loads(one) for one in ring.gather(_told(sound, own), epoch=epoch)]
            if not all(one["sound"] for one in told):
                return {"resumed": resumed, "sent": ring.sent - sent, "seconds": 0.0, "diverged": epoch}
            of_all = [np.frombuffer(base64.b64decode(one["counts"]), "<f8") for one in told]
            counts = np.vstack([counts, np.concatenate(of_all)])
            if self.number == 0:
                self.store.tell(json.dumps({"epoch": epoch, "counts": counts[-1].reshape(-1, 4).sum(0).tolist()}))
            if epoch == epochs or epoch % self.job.interval == 0:
                self._checkpoint(ring, worker, (epoch, counts), last=epoch == epochs)
        seconds = time.monotonic() - began
        return {"resumed": resumed, "sent": ring.sent - sent, "seconds": seconds, "diverged": 0}

    def _epoch(self, ring: Ring, worker: _native.Worker, epoch: int) -> None:
        worker.begin(epoch)
        workers = len(self.job.cuts) - 1
        for super_round in range(workers + 1):
            worker.train(super_round)
            if super_round < workers:
                data = ring.pass_on(worker.give().data, epoch=epoch, super_round=super_round)
                worker.take(buffer(data))

    def _deal(self, ring: Ring, worker: _native.Worker, epoch: int) -> None:
        parts = [part.data for part in worker.deal_out(epoch)]
        worker.deal_in(epoch, [buffer(part) for part in ring.all_to_all(parts, epoch=epoch)])

    def _checkpoint(
        self, ring: Ring, worker: _native.Worker, done: tuple[int, NDArray[np.float64]], *, last: bool
    ) -> None:
        import numpy as np

        epoch, counts = done

        users, items = worker.save()
        of_sides = {"users": users.data, "items": items.data}
        if last:
            # With the model go the pairs that its lists leave out.
            of_sides["pairs"] = self.pairs.rows().astype("<u4", copy=False).view(np.uint8).data
        mine = {what: asdict(self.store.write(epoch, f"{what}-{self.number}", data)) for what, data in of_sides.items()}
        told = [json.loads(one) for one in ring.gather(json.dumps(mine), epoch=epoch)]
        if self.number:
            return
        lists = {what: [Part(**one[what]) for one in told] for what in of_sides}
        tallies = self.store.write(epoch, "counts", counts.astype("<f8").reshape(-1).view(np.uint8).data)
        self.store.complete(Manifest(self.job.run, epoch, self.job.cuts, tallies=tallies, **lists))
        self.store.prune(self.job.run)

    def restored(self, manifest: Manifest) -> tuple[_native.Worker, NDArray[np.float64]]:
        """A worker that goes on after a checkpoint, of any number of workers, and the counts until then."""
        import numpy as np

        worker = self.worker()
        counts = np.frombuffer(self.store.read(manifest.tallies), "<f8").reshape(manifest.epoch, -1)
        if manifest.epoch == self.apart.epochs:
            return worker, counts
        first, last = self.job.cuts[self.number], self.job.cuts[self.number + 1]
        try:
            for part, start, end in zip(manifest.users, manifest.cuts, manifest.cuts[1:], strict=False):
                if start < last and end > first:
                    worker.restore_users(buffer(self.store.read(part)))
            for part in manifest.items:
                worker.restore_items(manifest.epoch, buffer(self.store.read(part)))
        except DataError as error:
            raise DamagedError(f"a checkpoint that does not fit: {error}") from error
        if not worker.is_restored():
            raise DamagedError("a checkpoint without all users and items")
        return worker, counts


def _told(sound: bool, counts: NDArray[np.float64]) -> str:
    return json.dumps({"sound": sound, "counts": base64.b64encode(counts.astype("<f8").tobytes()).decode()})
