"""Signed addresses: what is in one was written here, and is true until a moment."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from dougong.builtin.files.settings import HOME
from dougong.builtin.sign_in.settings import SECRET_KEY, settings

KEY_FILE = "signing-key"
KEY_BYTES = 32


def signed(what: str, *parts: object) -> str:
    """A text with these parts, for this purpose, that only who has our key can write."""
    said = ".".join("" if part is None else str(part) for part in parts)
    return f"{said}.{_mac(_keys()[0], what, said)}"


def read(what: str, text: str) -> list[str] | None:
    """The parts of a text that was signed for this purpose; None for any other text."""
    said, _, mac = text.rpartition(".")
    found = (hmac.compare_digest(_mac(key, what, said).encode(), mac.encode()) for key in _keys())
    return said.split(".") if any([*found]) else None


def _mac(key: bytes, what: str, said: str) -> str:
    digest = hmac.digest(key, f"{what}:{said}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _keys() -> Sequence[bytes]:
    """The key that signs, and those from before; the operator's, or one that the home keeps."""
    return _keys_of(os.environ.get(SECRET_KEY, "")) or [_kept(os.environ.get(HOME))]


@lru_cache(8)
def _keys_of(said: str) -> Sequence[bytes]:
    keys = settings({SECRET_KEY: said}).secret_keys
    return [hmac.digest(one.encode(), b"dougong files", hashlib.sha256) for one in keys]


@lru_cache(8)
def _kept(home: str | None) -> bytes:
    """The home's key, made when it is first needed; without a home, one of this process."""
    if home is None:
        return secrets.token_bytes(KEY_BYTES)
    file = Path(home) / KEY_FILE
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f".unfinished-{KEY_FILE}-{secrets.token_hex(4)}")
        made.touch(0o600)
        made.write_bytes(secrets.token_bytes(KEY_BYTES))
        try:
            os.link(made, file)  # which fails where another process was faster
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return file.read_bytes()
