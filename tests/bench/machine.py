"""The parts of a bench: databases, web servers on ports of their own, and a hammer."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.servers import Postgres, free_port

ROOT = Path(__file__).parents[2]
WORKERS = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--preload"]
YARDSTICK = ["--no-control-socket", "--log-level", "error"]
PRODUCT = ["--config", "python:config.gunicorn", "--log-level", "error", "--access-logfile", "-"]


@dataclass
class Web:
    """A running gunicorn."""

    port: int
    process: subprocess.Popen[bytes]
    started: float  # seconds to its first answer

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tree(self) -> list[int]:
        """The process ids of the master and its workers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def pss_mb(self) -> float:
        """Resident memory of the whole tree, shared pages counted once."""
        total = 0
        for pid in self.tree():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def cpu_seconds(self) -> float:
        """What the tree has used of the processor so far."""
        ticks = 0
        for pid in self.tree():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(
    application: str, *, options: list[str], first: str = "/", nice: int = 0, **environment: str
) -> Iterator[Web]:
    """gunicorn with two workers of four threads, until the block ends; asked for `first` once."""
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}", "--backlog", "4096", "--graceful-timeout", "5"]
    gunicorn = [sys.executable, "-m", "gunicorn", *options, *WORKERS, *bind, application]
    command = ["nice", "-n", str(nice), *gunicorn]
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        await_port(port, process)
        web = Web(port, process, 0)
        page(web, first)
        web.started = time.monotonic() - began
        yield web
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Returns when `process` takes connections."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)
    raise RuntimeError("a web server did not start")


def database(server: Postgres, name: str, *, template: str = "template1") -> str:
    """A new database and its address."""
    with psycopg.connect(server.url.replace("postgres://", "postgresql://")) as connection:
        connection.autocommit = True
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.url.rpartition("/")[0] + f"/{name}"


def hammer(web: Web, requests: list[bytes], *, seconds: float) -> float:
    """Answers of 200 per second: one connection for each of `requests`, kept open, asked again."""
    counts = [0] * len(requests)
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        with socket.create_connection(("127.0.0.1", web.port), 60) as connection:
            while time.monotonic() < end:
                connection.sendall(requests[number])
                counts[number] += _read_answer(connection)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(requests))]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def _read_answer(connection: socket.socket) -> int:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            raise RuntimeError("the connection was closed")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    left = length - len(body)
    while left > 0:
        left -= len(connection.recv(65536))
    return 1


def get(path: str, *, host: str = "127.0.0.1", cookie: str = "", address: str = "") -> bytes:
    """A GET, ready to send."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"X-Forwarded-For: {address}"] if address else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def page(web: Web, path: str, cookie: str = "") -> str:
    """The text of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    text = connection.getresponse().read().decode()
    connection.close()
    return text
