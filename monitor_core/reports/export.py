"""Export of all samples of a selection as a file, in pieces: memory use does not grow with the samples."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from monitor_core.contract.selection import Sample
from monitor_core.contract.spreadsheets import harmless
from monitor_core.mongo.samples import Search
from monitor_core.settings.settings import Settings

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "txt": "text/plain; charset=utf-8",
}
NO_FOLDER = re.compile(r"[/\\\x00-\x1f]")  # characters that no class has in the name of its folder
NO_LINE = re.compile(r"[\x00-\x1f\x85\u2028\u2029]")  # characters that would end a line, or hide in it
COLUMNS = (
    *("id", "file", "predicted_at", "reviewed_at", "prediction", "prediction_name", "target", "target_name"),
    *("outcome", "confidence", "delay_hours"),
)
ROWS_AT_A_TIME = 5_000
ROWS_A_GROUP = 50_000  # of a Parquet file, in memory as columns


def pieces(search: Search, kind: str) -> Iterator[bytes]:
    """Yield the bytes of the file of all samples, in pieces."""
    return pieces_of_samples(search.all(), search.store.settings, kind)


def pieces_of_samples(samples: Iterable[Sample], settings: Settings, kind: str) -> Iterator[bytes]:
    """Yield the bytes of a file of these samples, in pieces; "txt" is a list of their images by class."""
    if kind == "txt":
        return _image_list(samples, settings)
    rows = (row_of(sample, settings) for sample in samples)
    return _csv(rows) if kind == "csv" else _parquet(rows, settings.time_zone)


def _image_list(samples: Iterable[Sample], settings: Settings) -> Iterator[bytes]:
    """Yield a line class/file for each sample of a known class, as folders of images for training are laid out."""
    lines = (
        f"{NO_FOLDER.sub('_', settings.class_name(sample.target))}/{NO_LINE.sub('_', sample.file)}\n"
        for sample in samples
        if sample.target is not None
    )
    while piece := "".join(islice(lines, ROWS_AT_A_TIME)):
        yield piece.encode("utf-8", "replace")


def row_of(sample: Sample, settings: Settings) -> dict[str, Any]:
    """Return a sample's values in the order of the columns; instants are local, with their offset."""
    zone, name = settings.zone, settings.class_name
    return {
        "id": "" if sample.id is None else str(sample.id),
        "file": sample.file,
        "predicted_at": sample.predicted_at.astimezone(zone) if sample.predicted_at else None,
        "reviewed_at": sample.reviewed_at.astimezone(zone) if sample.reviewed_at else None,
        "prediction": sample.prediction,
        "prediction_name": name(sample.prediction),
        "target": sample.target,
        "target_name": None if sample.target is None else name(sample.target),
        "outcome": sample.outcome,
        "confidence": sample.confidence,
        "delay_hours": sample.delay_hours,
    }


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    rest = iter(rows)
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")  # with it, either character is quoted in a cell
    writer.writerow(COLUMNS)
    while True:
        rows = list(islice(rest, ROWS_AT_A_TIME))
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
        yield file.getvalue().encode("utf-8", "replace")
        file.seek(0)
        file.truncate()
        if len(rows) < ROWS_AT_A_TIME:
            return


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds")
    return f"{value:.6g}" if isinstance(value, float) else value


def _parquet(rows: Iterable[dict[str, Any]], time_zone: str) -> Iterator[bytes]:
    import pyarrow as pa  # Streamlit brings it; the command line need not load it
    import pyarrow.parquet as pq

    instant, text = pa.timestamp("ms", time_zone), pa.string()
    kinds = (text, text, instant, instant, pa.int64(), text, pa.int64(), text, text, pa.float64(), pa.float64())
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    rest, sink = iter(rows), Outgoing()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while rows := list(islice(rest, ROWS_A_GROUP)):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            yield sink.taken()
    yield sink.taken()


class Outgoing(io.RawIOBase):
    """A write-only file whose bytes are taken away while it is being written."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._pieces.append(bytes(data))
        self._position += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._position

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
