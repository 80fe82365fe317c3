"""Many connections at once, quick or slow, to one port of loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

HOST = "127.0.0.1"


async def ask(port: int, path: str, *, seconds: float, host: str = HOST) -> tuple[int, bytes]:
    """Status and body of one GET on a connection of its own; 0 for no answer in time."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                writer.write(head.encode())
                answer = await reader.read()
            finally:
                writer.close()
            head_, _, body = answer.partition(b"\r\n\r\n")
            return int(head_.split()[1]), body
    return 0, b""


async def rush(port: int, *, people: int, seconds: float, patience: float) -> Counter[str]:
    """What so many people are told who come back with a new connection for so long.

    Counted are the statuses, and "empty" for an answer that says nothing.
    """
    told: Counter[str] = Counter()
    end = time.monotonic() + seconds

    async def person() -> None:
        while time.monotonic() < end:
            status, body = await ask(port, "/", seconds=patience)
            told[str(status)] += 1
            told["empty"] += not body.strip()

    await asyncio.gather(*(person() for _one in range(people)))
    return told


SLOW = {
    "body": (
        b"POST /language/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    ),
    "head": b"GET /de/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "nothing": b"",
    # asks for the largest file and takes a kilobyte of it now and then
    "reader": b"GET /static/fonts/NotoSans-Bold.ttf HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


async def _open(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that takes little: what it does not read stays with the sender."""
    client = socket.socket()
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    await asyncio.get_running_loop().sock_connect(client, (HOST, port))
    return await asyncio.open_connection(sock=client, limit=1024)


@asynccontextmanager
async def slow_clients(port: int, *, how: str, count: int, every: float) -> AsyncIterator[None]:
    """So many connections that send a byte `every` so many seconds of a request without an end.

    One that is closed is opened again, as an attacker would.
    """

    async def client() -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await _open(port)
                try:
                    writer.write(SLOW[how])
                    while not reader.at_eof() and not writer.is_closing():
                        await asyncio.sleep(every)
                        if how == "reader":
                            await reader.read(1024)
                        elif how != "nothing":
                            writer.write(b"a")
                            await writer.drain()
                finally:
                    writer.close()
            await asyncio.sleep(0.1)

    clients = [asyncio.create_task(client()) for _one in range(count)]
    try:
        yield
    finally:
        for each in clients:
            each.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


async def probes(port: int, *, how: str, path: str) -> list[int]:
    """The statuses that ten people get, one after the other, while forty others are slow."""
    async with slow_clients(port, how=how, count=40, every=3):
        await asyncio.sleep(3.5)
        return [(await ask(port, path, seconds=5))[0] for _one in range(10)]
