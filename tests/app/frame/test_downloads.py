"""The menu under each chart."""

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.downloads import LONGEST_NAME, file_name


@pytest.mark.parametrize(
    ("alt", "name"),
    [
        ("Accuracy by day", "accuracy-by-day"),
        ("../../etc/passwd", "etc-passwd"),
        ("Größe: 5%", "gr-e-5"),
        ("日本", "chart"),
        ("", "chart"),
    ],
)
def test_the_name_of_a_file_is_safe_everywhere(alt: str, name: str) -> None:
    assert file_name(alt) == name


def test_a_long_name_ends_with_no_dash() -> None:
    name = file_name("a" * (LONGEST_NAME - 1) + " and more")
    assert name == "a" * (LONGEST_NAME - 1)


def test_picture_drawing_and_data_are_offered_under_one_name() -> None:
    def page() -> None:
        import pandas as pd

        from monitor_core.app.frame import downloads
        from monitor_core.app.frame.figure import Figure

        table = pd.DataFrame({"day": [1], "value": [0.5]})
        downloads.offer(Figure("Accuracy", "Accuracy by day", {"mark": "bar"}, {"table": table}, "October"))

    app = AppTest.from_function(page).run()
    assert not app.exception
    buttons = app.get("download_button")
    assert [button.label for button in buttons] == ["Picture (PNG)", "Drawing (SVG)", "Data (CSV)"]
    assert [button.key for button in buttons] == [f"{kind} Accuracy by day" for kind in ("png", "svg", "csv")]
