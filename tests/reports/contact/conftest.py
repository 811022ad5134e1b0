"""A server on which no other test's collections can be read, because all of them are neighbours."""

import shutil
from collections.abc import Iterator

import pytest

from monitor_core.mongo import embedded


@pytest.fixture(scope="module")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mongod")
    sockets = embedded.run_folder(folder)
    with embedded.running(folder / "data", sockets) as uri:
        yield uri
    shutil.rmtree(sockets)
