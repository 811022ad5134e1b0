"""Pages by what their tests read off them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.app_pages import visit
from tests.documents import fields

TITLES = {"reviews": "Reviews", "calibration": "Calibration"}


def noon(days_ago: float) -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def document(days_ago: int, target: Any = 1, prediction: int = 1, confidence: Any = 0.9) -> dict[str, Any]:
    """Reviewed two hours after its prediction."""
    at = noon(days_ago)
    made = fields(prediction=prediction, predicted_at=at, confidence=confidence)
    reviewed = fields(validated=target, validated_at=at + timedelta(hours=2))
    return made | ({} if target is None else reviewed)


def open_page(page: str, **query: Any) -> AppTest:
    app = visit(f"{'investigate' if page in TITLES else 'performance'}/{page}", **query)
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.error] == []
    return app


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [
        {"alt": chart.proto.alt, "spec": json.loads(chart.proto.spec)}
        | {dataset.name: dataset.data.data for dataset in chart.proto.datasets}
        for chart in app.get("vega_lite_chart")
    ]


def severities(chart: dict[str, Any]) -> set[str]:
    import pyarrow as pa

    return set(pa.ipc.open_stream(chart["bands"]).read_pandas()["severity"])
