"""Which field is which: by its name and its values, and what is proposed makes settings."""

import json
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor_core.contract.documents import field_value
from monitor_core.settings.mapping import Proposal, fields_of, proposed
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load
from tests.documents import FIELDS, fields

AT, LATER = datetime(2026, 10, 1, 8, tzinfo=UTC), datetime(2026, 10, 1, 9, tzinfo=UTC)
DOCUMENTS: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {"image": "a.png", "prediction": 3, "label": 5, "score": 0.9, "created_at": AT, "reviewed_at": LATER},
        {
            "validated_at": "reviewed_at",
            "predicted_at": "created_at",
            "confidence": "score",
            "filename": "image",
            "prediction": "prediction",
            "validated": "label",
        },
    ),
    (
        {"meta": {"pred": "cat", "conf": 0.4, "ts": 1790000000}, "review": {"class": None, "at": None}},
        {
            "validated_at": "review.at",
            "predicted_at": "meta.ts",
            "confidence": "meta.conf",
            "prediction": "meta.pred",
            "validated": "review.class",
        },
    ),
    (
        {"y_pred": 1, "y_true": 0, "timestamp": AT.isoformat()},
        {"predicted_at": FIELDS.predicted_at, "prediction": "y_pred", "validated": "y_true"},
    ),
    (
        {"predictedClassId": 4, "prediction_id": "ab12", "createdAt": AT, "modelVersion": 3},
        {"predicted_at": "createdAt", "prediction": "predictedClassId"},
    ),
    ({"label": 2, "date": AT}, {"predicted_at": "date", "prediction": "label"}),
    ({"prediction": {"class": 2, "confidence": 0.5, "time": 0.031}, "time": AT}, {
        "predicted_at": "time",
        "confidence": "prediction.confidence",
        "prediction": "prediction.class",
    }),
    ({"label": "cat", "output_uri": "https://u:pw@h/a.png?sig=abcdef", "created_at": AT}, {
        "predicted_at": "created_at",
        "filename": "output_uri",
        "prediction": "label",
    }),
    ({"output": "https://u:pw@h/a.png", "created_at": AT}, {"predicted_at": "created_at"}),
    ({"output_file": "a.png", "inferred_image": "b.png", "created_at": AT}, {
        "predicted_at": "created_at",
        "filename": "output_file",
    }),
    ({"prediction": "cat", "reviewer": "ada@example.org", "timestamp": AT}, {
        "predicted_at": "timestamp",
        "prediction": "prediction",
    }),
    ({"prediction": "cat", "reviewer": "ada", "annotator_label": "eve", "human_name": 7, "timestamp": AT}, {
        "predicted_at": "timestamp",
        "prediction": "prediction",
    }),
    ({"prediction": "cat", "human": "ada@example.org", "timestamp": AT}, {
        "predicted_at": "timestamp",
        "prediction": "prediction",
    }),
    ({"image_class": "cat", "true_class_name": "dog", "created_at": AT}, {
        "predicted_at": "created_at",
        "prediction": "image_class",
        "validated": "true_class_name",
    }),
    ({"name": "Ada", "age": 36, "born": datetime(1990, 1, 1, tzinfo=UTC)}, {"filename": "name"}),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), DOCUMENTS, ids=str)
def test_fields_are_recognised_by_their_names_and_values(document: dict[str, Any], expected: dict[str, str]) -> None:
    assert fields_of([document], Settings()) == expected


def test_fields_that_the_settings_name_stay_as_they_are() -> None:
    document = fields(
        filename="a", prediction=1, confidence=0.5, validated=True, predicted_at=AT, validated_at=AT, label=3
    )
    names = fields_of([document], Settings())
    assert names == {name: getattr(FIELDS, name) for name in names}
    assert len(names) == 6
    assert proposed([document], Settings(), {}) == Proposal({})


def test_a_mark_that_somebody_has_reviewed_is_no_review() -> None:
    """Or each such prediction would count as confirmed."""
    document = {"prediction": 1, "created_at": AT, "reviewed": True, "label": 3}
    assert fields_of([document], Settings())["validated"] == "label"
    assert "validated" not in fields_of([{"prediction": 1, "created_at": AT, "reviewed": True}], Settings())


def test_what_no_field_looks_like_is_named() -> None:
    assert proposed([{"name": "Ada"}], Settings(), {}).missing == ("prediction", "predicted_at")


def test_addresses_and_secrets_are_no_names_of_classes() -> None:
    """Even if they are among the texts of the field, but in none of the few documents."""
    texts = ["cat", "https://u:pw@h/a.png?sig=abcdef", "ada@example.org", "Bearer 0123456789", "sig=abcdef", "dog"]
    proposal = proposed([{"prediction": "cat", "timestamp": AT}], Settings(), {"prediction": texts})
    assert proposal.values["class_names"] == {"0": "cat", "1": "dog"}


ODD_NAMES = [
    "it's",
    'the "best"',
    "naïve",
    "a\\b",
    r"\\'$\"",
    "${HOME}",
    "$HOME",
    "`id`",
    "tab\there",
    "☃",
    "\\u0027",
    "#1",
]
ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


def become(lines: str, way: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paste what is proposed into a file of the folder, or run it in a shell."""
    if way != "bash":
        (folder / way).write_text(lines, "utf-8")
        return
    command = ["bash", "-c", f"{lines}\nexec {shlex.quote(sys.executable)} -c '{ENVIRONMENT}'"]
    of_shell = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for name in of_shell:
        if name.startswith("MONITOR_"):
            monkeypatch.setenv(name, of_shell[name])


ways = pytest.mark.parametrize("way", ["monitor.toml", ".env", "bash"])


@ways
def test_what_is_proposed_makes_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    documents = [
        {"pred": name, "truth": ODD_NAMES[0], "at": 1_790_000_000_000 + n, "conf": 50 + n, "path": "a.png"}
        for n, name in enumerate(ODD_NAMES)
    ]
    proposal = proposed(documents, Settings(), {"pred": ODD_NAMES, "truth": ["N/A", "☃"]})
    become(proposal.toml if way == "monitor.toml" else proposal.variables, way, tmp_path, monkeypatch)
    settings = load(tmp_path).settings
    assert (settings.confidence_scale, settings.date_numbers) == ("percent", "milliseconds")
    assert sorted(settings.class_names.values()) == sorted(ODD_NAMES)
    first = documents[0]
    read = {name: field_value(first, path) for name, path in settings.fields.model_dump(exclude_none=True).items()}
    assert settings.notation.class_of(read["prediction"]) is not None
    assert settings.notation.instant_of(read["predicted_at"])
    assert settings.notation.confidence_of(read["confidence"]) == 0.5
    assert proposed(documents, settings, {"pred": ODD_NAMES}) == Proposal({})


@ways
def test_odd_names_of_fields_are_proposed_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    proposal = proposed([{"model's pred": 1, "true\\\\${HOME}": 2, "created at": AT}], Settings(), {})
    become(proposal.toml if way == "monitor.toml" else proposal.variables, way, tmp_path, monkeypatch)
    names = load(tmp_path).settings.fields
    assert (names.prediction, names.validated) == ("model's pred", "true\\\\${HOME}")
    assert names.predicted_at == "created at"


def test_one_of_several_models_has_settings_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"prediction": "cat", "created_at": AT}
    proposal = proposed([document], Settings(model="bottles"), {"prediction": ["cat"]})
    (tmp_path / "monitor.toml").write_text(f'[models.labels]\ncollection = "b"\n{proposal.toml}')
    settings = load(tmp_path, "bottles").settings
    assert (settings.fields.prediction, settings.class_names) == ("prediction", {0: "cat"})
    assert "MONITOR_MODELS__BOTTLES__FIELDS__PREDICTION=prediction" in proposal.variables


def test_too_many_names_are_no_classes() -> None:
    texts = [f"sentence {n}" for n in range(101)]
    assert "class_names" not in proposed([{"prediction": texts[0], "ts": AT}], Settings(), {"prediction": texts}).values
