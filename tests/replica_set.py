"""A replica set of the bundled mongod, whose members a test can kill."""

import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from monitor_core.mongo import embedded

NODE_NOT_FOUND = 74


class ReplicaSet:
    """Three of the bundled mongod, by port; on loopback, for members of a set speak TCP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.members = {port: self.start(port) for port in (free_port(), free_port(), free_port())}
        self.uri = f"mongodb://{','.join(f'127.0.0.1:{port}' for port in self.members)}/?replicaSet=rs"
        self._initiate()

    def start(self, port: int) -> "subprocess.Popen[bytes]":
        """Start a member, on the data that it left."""
        binary, data = embedded.chosen().path, self.folder / str(port)
        data.mkdir(exist_ok=True)
        command = [binary, "--replSet", "rs", "--port", port, "--bind_ip", "127.0.0.1", "--dbpath", data, "--quiet"]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--logpath", data / "log", "--logappend"]
        command += ["--networkMessageCompressors", "disabled"]
        return subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)

    def _initiate(self) -> None:
        members = [{"_id": n, "host": f"127.0.0.1:{port}"} for n, port in enumerate(self.members)]
        times = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
        deadline = time.monotonic() + 60
        with MongoClient[Any]("127.0.0.1", next(iter(self.members)), directConnection=True) as client:
            while True:
                try:
                    client.admin.command("replSetInitiate", {"_id": "rs", "members": members, "settings": times})
                    return
                except OperationFailure as wrong:
                    if wrong.code != NODE_NOT_FOUND or time.monotonic() > deadline:  # else a member is not up yet
                        raise
                    time.sleep(0.2)

    def primary(self) -> int:
        """Return the port of the primary, once there is one that takes writes."""
        deadline = time.monotonic() + 120
        while True:
            with MongoClient[Any](self.uri, serverSelectionTimeoutMS=500) as client:
                try:
                    client["election"]["probe"].insert_one({})
                    assert client.primary
                    return client.primary[1]
                except PyMongoError:
                    assert time.monotonic() < deadline, "no primary is elected"

    def kill(self, port: int) -> None:
        self.members[port].kill()
        self.members[port].wait()

    def stop(self) -> None:
        for member in self.members.values():
            member.kill()
            member.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
