"""Clients that ask without pause: raw sockets in one thread, so that they cost little themselves.

Each answer is compared, byte by byte, with the one that the server gave before: a server that goes
wrong under load is found at once.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


class WrongAnswer(Exception):
    """An answer that is not the one expected."""


@dataclass(frozen=True)
class Exchange:
    """A request as bytes, and the body that answers it; None takes any answer."""

    request: bytes
    body: bytes | None = None


@dataclass
class Measured:
    """What one client or several saw: each answer's seconds, and how long it all took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers in a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """The latency that this part of the answers did not exceed, in milliseconds."""
        ranked = sorted(self.latencies)
        return 1000 * ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def request_bytes(path: str, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """A POST of JSON over a connection that stays open."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += ["Accept: application/json", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Client:
    """One connection, with at most one request under way."""

    def __init__(self, port: int, exchanges: Sequence[Exchange], place: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._exchanges = exchanges
        self._next = place
        self._received = bytearray()
        self._start, self._length = 0, -1
        self._since = 0.0
        self.body = bytearray()

    def send(self) -> None:
        """Ask the next question."""
        self._since = time.perf_counter()
        self.socket.sendall(self._exchanges[self._next % len(self._exchanges)].request)

    def receive(self) -> float | None:
        """Take what has come; the seconds that it took once the answer is whole."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise WrongAnswer("the server closed the connection")
        self._received += chunk
        if self._length < 0 and not self._head():
            return None
        if len(self._received) < self._length:
            return None
        took = time.perf_counter() - self._since
        self.body = self._received[self._start :]
        self._check()
        self._next += 1
        self._received.clear()
        self._length = -1
        return took

    def _head(self) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._received[:end]).lower()
        if not head.startswith(b"http/1.1 200"):
            raise WrongAnswer(bytes(self._received).decode(errors="replace")[:2000])
        at = head.index(b"content-length:") + 15
        self._start = end + 4
        self._length = self._start + int(head[at:].split(b"\r\n", 1)[0])
        return True

    def _check(self) -> None:
        expected = self._exchanges[self._next % len(self._exchanges)].body
        if expected is not None and self.body != expected:
            raise WrongAnswer(
                f"not the answer of before: {self.body.decode(errors='replace')[:2000]}"
            )


def ask(port: int, request: bytes) -> bytes:
    """The body of the answer to one request; raises WrongAnswer unless its status is 200."""
    client = Client(port, [Exchange(request)], 0)
    try:
        client.send()
        while client.receive() is None:
            pass
        return bytes(client.body)
    finally:
        client.socket.close()


def measure(
    port: int, exchanges: Sequence[Exchange], clients: int, seconds: float, at_least: int = 1
) -> Measured:
    """Ask for some seconds, then wait for the answers that are under way.

    Every client asks at least as often as `at_least` says.
    """
    with selectors.DefaultSelector() as ready:
        opened = [Client(port, exchanges, place) for place in range(clients)]
        for client in opened:
            ready.register(client.socket, selectors.EVENT_READ, client)
        try:
            return _run(ready, opened, seconds, at_least * clients)
        finally:
            for client in opened:
                client.socket.close()


def _run(
    ready: selectors.BaseSelector, clients: Sequence[Client], seconds: float, at_least: int
) -> Measured:
    measured = Measured()
    start = time.perf_counter()
    for client in clients:
        client.send()
    under_way = len(clients)
    while under_way:
        for key, _ in ready.select():
            took = key.data.receive()
            if took is None:
                continue
            measured.latencies.append(took)
            asked = len(measured.latencies) + under_way
            if time.perf_counter() - start < seconds or asked <= at_least:
                key.data.send()
            else:
                under_way -= 1
    measured.seconds = time.perf_counter() - start
    return measured
