"""Trusted documents: registered beforehand, run by their id, the only ones where so decided."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema
from sqlalchemy import Column, Connection, DateTime, Table, Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from dougong.db.naming import CORE
from dougong.entity.registry import registry_of
from dougong.errors import SetupError
from dougong.graphql.document import RequestErrors, read_document

LONGEST_ID = 200
REMEMBERED = 10_000
FIND = """
select (select number from dougong.epoch)::bigint,
       (select document from dougong.trusted_document where id = $1)
"""

trusted_document = Table(
    "trusted_document",
    registry_of(CORE).metadata,
    Column("id", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""The documents that clients may run by their id; a change raises the epoch."""


def id_of(document: str) -> str:
    """The id of a document that brings none: the SHA-256 of its text, in hexadecimal digits."""
    return hashlib.sha256(document.encode()).hexdigest()


@dataclass(frozen=True)
class Trusted:
    """A registered document."""

    id: str
    document: str
    added_at: Any


def faults_of(document: str, schema: GraphQLSchema) -> list[str]:
    """Why a document cannot be run on a schema; empty when it can."""
    try:
        read_document(document, schema, {}, anonymous=False)
    except RequestErrors as refused:
        return [error.message for error in refused.errors]
    return []


def register(
    connection: Connection, schema: GraphQLSchema, documents: Mapping[str, str]
) -> list[str]:
    """Remember documents by their ids, all or none; the ids that are new.

    Raises SetupError for a document that the schema cannot answer, and for an id that is taken by
    another document.
    """
    for key, document in documents.items():
        if not 0 < len(key) <= LONGEST_ID:
            raise SetupError(
                f"“{key[:40]}…” is no id of a document.",
                fix=f"use at most {LONGEST_ID} characters.",
            )
        faults = faults_of(document, schema)
        if faults:
            raise SetupError(
                f"The document {key} does not fit what is installed: {' '.join(faults)}",
                fix="correct it, or install the add-on that it asks of.",
            )
    rows = [{"id": key, "document": document} for key, document in documents.items()]
    added = (
        connection.scalars(
            insert(trusted_document).on_conflict_do_nothing().returning(trusted_document.c.id), rows
        )
        if rows
        else ()
    )
    new = sorted(added)
    for key in documents.keys() - set(new):
        found = select(trusted_document.c.document).where(trusted_document.c.id == key)
        if connection.scalar(found) != documents[key]:
            raise SetupError(
                f"The id {key} is already that of another document.",
                fix="give the new one an id of its own; clients in use still send the old one.",
            )
    return new


def registered(connection: Connection) -> list[Trusted]:
    """All documents, the oldest first."""
    rows = select(trusted_document).order_by(trusted_document.c.added_at, trusted_document.c.id)
    return [Trusted(row.id, row.document, row.added_at) for row in connection.execute(rows)]


def forget(connection: Connection, key: str) -> None:
    """Remove a document; raises SetupError when there is none with this id."""
    gone = connection.execute(delete(trusted_document).where(trusted_document.c.id == key))
    if gone.rowcount == 0:
        raise SetupError(
            f"No document has the id {key}.", fix="`dougong documents list` shows all ids."
        )


class TrustedDocuments:
    """What this process remembers of trusted documents; it is asked again in a new epoch."""

    def __init__(self, reads: Any) -> None:
        """`reads` runs one statement: the read pool."""
        self._reads = reads
        self._epoch = -1
        self._texts: dict[str, str] = {}

    async def text(self, key: str, epoch: int) -> str | None:
        """The document with this id, as of the epoch; None when there is none."""
        key = key.removeprefix("sha256:")
        if epoch != self._epoch or len(self._texts) >= REMEMBERED:
            self._texts, self._epoch = {}, epoch
        if key not in self._texts:
            if len(key) > LONGEST_ID or "\x00" in key:
                return None
            found_at, text = await self._reads.fetchrow(FIND, key)
            if text is None:
                return None
            if found_at != epoch:
                return str(text.decode())
            self._texts[key] = text.decode()
        return self._texts[key]
