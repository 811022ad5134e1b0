"""The evidence of an alert."""

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.mongo.store import Store
from tests.app.alerts.shown import look_at
from tests.app.drifting import accuracy_alert, today
from tests.app_pages import alts


def test_an_alert_opens_its_evidence(ringing: Store) -> None:
    app = look_at(ringing)
    (alt,) = alts(app)
    assert "Accuracy is falling" in alt
    days = wording.days(Period(accuracy_alert(ringing).opened_on, today(ringing)))
    assert f"Alerts: Accuracy is falling, critical, {days}" in alt
    assert "Confidence" not in alt
    mistakes = app.dataframe[0].value
    assert mistakes.iloc[0][["true class", "prediction"]].tolist() == ["0", "1"]
    (link,) = app.get("link_button")
    assert link.proto.url.startswith("./drift?period=20")
