"""Who talks to us: the address and the device of the request that is being answered."""

from __future__ import annotations

import ipaddress
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import Scope

LONGEST_DEVICE = 200
request_scope: ContextVar[Scope | None] = ContextVar("request_scope", default=None)
"""What the server knows of the request; set before anything else is done with it."""


@dataclass(frozen=True)
class Client:
    """Where a request comes from."""

    address: str = ""
    device: str = ""
    """What the client says that it is."""

    @property
    def network(self) -> str:
        """What counts as one place: the address, of IPv6 the network that one customer gets."""
        try:
            parsed = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        mapped = getattr(parsed, "ipv4_mapped", None) or parsed
        if mapped.version == 6:
            return str(ipaddress.ip_network((mapped, 64), strict=False))
        return str(mapped)


def client() -> Client:
    """The client of the request that this task answers."""
    scope = request_scope.get()
    if scope is None:
        return Client()
    device = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    address = (scope.get("client") or ("",))[0]
    shown = "".join(filter(str.isprintable, device.decode("latin-1")))
    return Client(str(address), shown[:LONGEST_DEVICE])
