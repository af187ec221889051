"""Positions in the change log as clients see them: they say nothing of what others have written.

A position stands for a transaction number and the time at which it was given. In clear it would tell
how much is going on; so it is encrypted, anew each time, and cannot be made up.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
import time
from dataclasses import dataclass
from hashlib import blake2b

from dougong.graphql.problems import bad_input
from dougong.live.change_log import RETENTION_DAYS

NONCE, CLEAR, TAG = 16, struct.Struct(">Qd"), 8
ANEW = "subscribe without `since`, and read everything anew."
OLDEST = RETENTION_DAYS * 86_400  # seconds


@dataclass(frozen=True)
class Positions:
    """Writes and reads positions with the installation's secret."""

    secret: bytes

    def text(self, xid: int) -> str:
        """The position at which all transactions before this one have been told."""
        nonce = secrets.token_bytes(NONCE)
        hidden = self._mixed(nonce, CLEAR.pack(xid, time.time()))
        return base64.urlsafe_b64encode(nonce + hidden + self._tag(nonce + hidden)).decode()

    def xid(self, text: str, newest: int) -> int:
        """The transaction of a position that a client gives back; `newest` is the last one so far.

        Raises GraphQLError: BAD_POSITION, or RESYNC when it is too old, or of another database.
        """
        try:
            sent = base64.urlsafe_b64decode(text.encode())
        except (ValueError, binascii.Error):
            sent = b""
        body, tag = sent[:-TAG], sent[-TAG:]
        if len(sent) != NONCE + CLEAR.size + TAG or not secrets.compare_digest(
            self._tag(body), tag
        ):
            said = "`since` is a position that an event of a subscription gave, unchanged."
            raise bad_input("BAD_POSITION", said)
        xid, at = CLEAR.unpack(self._mixed(body[:NONCE], body[NONCE:]))
        if at < time.time() - OLDEST or xid > newest:
            raise bad_input(
                "RESYNC",
                f"The position is older than {RETENTION_DAYS} days, or of another database: {ANEW}",
            )
        return int(xid)

    def _mixed(self, nonce: bytes, text: bytes) -> bytes:
        stream = blake2b(nonce, key=self.secret, digest_size=CLEAR.size, person=b"stream").digest()
        mixed = int.from_bytes(text) ^ int.from_bytes(stream)
        return mixed.to_bytes(CLEAR.size)

    def _tag(self, body: bytes) -> bytes:
        return blake2b(body, key=self.secret, digest_size=TAG, person=b"tag").digest()
