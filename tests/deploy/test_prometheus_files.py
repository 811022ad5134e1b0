"""The files in deploy/ against the real Prometheus, which scrapes a real exporter over a real database."""

import json
import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from pydantic import SecretStr
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from monitor_core.logger.prometheus import Exporter
from monitor_core.logger.scrapes import serve
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT, Settings
from tests.conftest import program
from tests.logger.scraped import NAMES, document, free_port, some_rows, write

pytestmark = pytest.mark.xdist_group("prometheus")  # one of it is enough

PROMETHEUS, GRAFANA = ROOT / "deploy/prometheus", ROOT / "deploy/grafana"
DASHBOARD = json.loads((GRAFANA / "dashboard.json").read_text("utf-8"))
RULES = yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))
NOW = datetime.now(UTC)
ROWS = some_rows(700)


def promtool(*arguments: str, given: str | None = None) -> str:
    command = [program("promtool", "prometheus"), *arguments]
    result = subprocess.run(command, cwd=PROMETHEUS, input=given, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@dataclass
class Scraped:
    """A Prometheus that has scraped the exporter a few times."""

    client: httpx2.Client
    metrics: str = ""  # what the exporter itself answered

    def ask(self, path: str, **parameters: str) -> Any:
        response = self.client.get(f"/api/v1/{path}", params=parameters)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        series: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return series

    def value(self, expression: str) -> float:
        (series,) = self.query(expression)
        return float(series["value"][1])


@pytest.fixture(scope="module")
def exported(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    database, state = f"test_{uuid.uuid4().hex}", tmp_path_factory.mktemp("state")
    settings = Settings(
        mongodb_uri=SecretStr(mongodb_uri), database=database, state_folder=state, class_names=NAMES, collection="rows"
    )
    store = Store(settings)
    write(store, ROWS, NOW)
    waits = [document(0, 0, 2, NOW, logged=False), *(document(None, 1, n, NOW) for n in range(40))]
    store.collection.insert_many(waits)
    Outbox(store).start_batch(demo=False)
    rulebook = Rulebook(store)
    rulebook.seed(NOW)
    for rule in rulebook.rules():
        rulebook.note_judged(rule.name, NOW.date(), [], NOW)
    yield Exporter(store, lambda: NOW)
    store.database.client.drop_database(database)
    store.database.client.close()


@pytest.fixture(scope="module")
def scraped(exported: Exporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    folder, metrics, port = tmp_path_factory.mktemp("prometheus"), free_port(), free_port()
    serve({"default": exported.registry}, metrics, "127.0.0.1", exported.store.settings)
    command = [program("prometheus", "prometheus"), f"--config.file={configured(folder, metrics)}"]
    command += [f"--storage.tsdb.path={folder}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    running = subprocess.Popen(command, cwd=folder)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            prometheus = Scraped(client)
            wait_for_scrapes(prometheus, exported)
            prometheus.metrics = client.get(f"http://127.0.0.1:{metrics}/metrics").text
            yield prometheus
    finally:
        running.terminate()
        running.wait(20)


def configured(folder: Path, port: int) -> Path:
    """The example's configuration with our port, and faster."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    config["rule_files"] = [str(PROMETHEUS / name) for name in config["rule_files"]]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{port}"]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


def wait_for_scrapes(scraped: Scraped, exported: Exporter) -> None:
    """Until there are runs between two scrapes, as a rate needs."""
    until = time.monotonic() + 90
    while True:
        assert time.monotonic() < until, "Prometheus has not scraped the exporter"
        time.sleep(0.25)
        try:
            runs = scraped.query('increase(monitor_ticks_total{outcome="success"}[1m]) > 0')
            evaluated = scraped.ask("rules")["groups"][-1]["lastEvaluation"] > "2000"
        except httpx2.TransportError:  # it is starting
            continue
        if runs and evaluated:
            return
        exported.ticked(0.3, TickResult(NOW, 10), None)
        exported.ticked(0.3, None, "database")


def test_the_configuration_and_the_rules_are_valid() -> None:
    assert "SUCCESS: 1 rule files found" in promtool("check", "config", "prometheus.yml")
    assert "SUCCESS: 8 rules found" in promtool("check", "rules", "rules.yml")


def test_each_alert_rings_when_it_should_and_only_then() -> None:
    promtool("test", "rules", "rules_test.yml")
    tested = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text("utf-8"))["tests"]
    cases = [case for test in tested for case in test["alert_rule_test"]]
    alerts = {rule["alert"] for group in RULES["groups"] for rule in group["rules"]}
    assert {case["alertname"] for case in cases if "exp_alerts" in case} == alerts
    assert {case["alertname"] for case in cases if "exp_alerts" not in case} == alerts


def test_the_metrics_keep_to_prometheus_conventions(scraped: Scraped) -> None:
    assert promtool("check", "metrics", given=scraped.metrics) == ""


@pytest.mark.parametrize(("window", "days"), [("7d", 7), ("30d", 30)])
def test_what_prometheus_answers_is_what_the_documents_say(scraped: Scraped, window: str, days: int) -> None:
    rows = [*((t, p) for t, p, ago in ROWS if ago < days), (0, 0)]
    targets, predictions = zip(*rows, strict=True)
    of = f'window="{window}"'
    assert scraped.value(f"monitor_reviewed_documents{{{of}}}") == len(rows)
    predicted = [(NOW - timedelta(days=ago, hours=1)).date() for ago in range(40)]  # the hour may be one of yesterday
    assert scraped.value(f"monitor_unreviewed_documents{{{of}}}") == sum(
        day > NOW.date() - timedelta(days=days) for day in predicted
    )
    accuracy = accuracy_score(targets, predictions)
    assert scraped.value(f'monitor_score{{score="accuracy",{of}}}') == pytest.approx(accuracy)
    expected = precision_recall_fscore_support(targets, predictions, average="macro")
    by_class = precision_recall_fscore_support(targets, predictions, labels=list(NAMES))
    for n, score in enumerate(("precision", "recall", "f1")):
        average = scraped.value(f'monitor_score{{score="{score}",average="macro",{of}}}')
        assert average == pytest.approx(expected[n])
        series = scraped.query(f'monitor_class_score{{score="{score}",{of}}}')
        values = {one["metric"]["class"]: float(one["value"][1]) for one in series}
        assert values == pytest.approx(dict(zip(NAMES.values(), by_class[n], strict=True)))
    assert scraped.value("monitor_reviewed_documents{window='all'}") == len(ROWS) + 1
    assert scraped.value("monitor_waiting_documents") == 1
    oldest = scraped.value("monitor_oldest_waiting_review_timestamp_seconds")
    assert oldest == pytest.approx((NOW - timedelta(days=2)).timestamp(), abs=0.001)


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def names(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:monitor|process)_\w+", expression))


@pytest.mark.parametrize(("window", "average"), [("7d", "macro"), ("30d", "weighted")])
def test_every_query_of_the_dashboard_returns_data(scraped: Scraped, window: str, average: str) -> None:
    variables = {
        "$window": window,
        "$average": average,
        "$__rate_interval": "1m",
        "$model": "",
    }  # of one model: no label
    for expression in expressions():
        query = expression
        for name, value in variables.items():
            query = query.replace(name, value)
        assert "$" not in query
        values = [float(one["value"][1]) for one in scraped.query(query)]
        assert values, query
        assert all(value == value for value in values), f"{query} is not a number"


def test_the_dashboard_can_be_provisioned() -> None:
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert "__inputs" not in DASHBOARD  # those are asked for in the page of an import only
    for panel in panels():
        assert {one["datasource"]["uid"] for one in [panel, *panel["targets"]]} == {"${datasource}"}
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD)))
    assert used - {"__rate_interval"} == set(variables)
    identities = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(identities)) == len(identities)


def test_the_panels_do_not_overlap() -> None:
    places = [
        (column, line)
        for panel in DASHBOARD["panels"]
        for column in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for line in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(column for column, _ in places) < 24


def test_the_rules_run_and_name_metrics_that_exist(scraped: Scraped) -> None:
    metrics = {series["__name__"] for series in scraped.ask("series", **{"match[]": '{job="prediction-monitor"}'})}
    running = [rule for group in scraped.ask("rules")["groups"] for rule in group["rules"]]
    assert [(rule["name"], rule["lastError"]) for rule in running if rule["health"] != "ok"] == []
    for group in RULES["groups"]:
        for rule in group["rules"]:
            assert names(rule["expr"]) <= metrics, rule["alert"]
            scraped.query(rule["expr"])
    pending = {rule["name"] for rule in running if rule["state"] != "inactive"}
    assert pending == {"MonitorLagging"}  # the one review that has waited for two days


def test_the_documentation_lists_the_metrics_that_there_are(scraped: Scraped) -> None:
    section = (ROOT / "docs/prometheus.md").read_text("utf-8")
    listed = {name for line in section.splitlines() if line.startswith("| `") for name in names(line.split("|")[1])}
    exported = set(re.findall(r"^# TYPE (monitor_\w+)", scraped.metrics, re.MULTILINE))
    assert listed == exported
