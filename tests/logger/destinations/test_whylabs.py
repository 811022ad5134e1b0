"""WhyLabs, spoken to as the platform's shape, keeps what every destination has to."""

from pathlib import Path

import pytest

from monitor_core.logger.destinations import whylabs as platform
from monitor_core.logger.destinations.contract import DestinationContract
from monitor_core.logger.destinations.whylabs import WhyLabs
from monitor_core.settings.settings import Settings
from tests.whylabs_shaped import WhyLabsShaped


class TestWhyLabs(DestinationContract):
    @pytest.fixture(autouse=True)
    def _server(self, whylabs: WhyLabsShaped, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(platform, "wait_exponential_jitter", lambda **_: lambda _state: 0.01)
        self.server = whylabs

    def make(self, folder: Path, address: str | None = None) -> WhyLabs:
        credentials = {"WHYLABS_API_KEY": "abcdefghij.0123456789", "WHYLABS_DEFAULT_ORG_ID": "org-1"}
        endpoint = {"WHYLABS_DEFAULT_DATASET_ID": "model-1", "WHYLABS_API_ENDPOINT": address or self.server.address}
        return WhyLabs(Settings(state_folder=folder, **credentials, **endpoint))

    def make_unreachable(self, folder: Path) -> WhyLabs:
        return self.make(folder, "http://127.0.0.1:9")

    def received(self, destination: WhyLabs) -> list[str]:
        return [data.decode() for data in self.server.received.values()]
