"""Searchable texts: which of an entity they are, and the indexes by which parts of them are found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Table, Text, func

from dougong.errors import SetupError


def index_searchable(entity: Any, table: Table) -> None:
    """One index for each text that people search in; its revision is the add-on's own.

    Raises SetupError for what is no text of the entity.
    """
    fields = entity.__searchable__
    if isinstance(fields, str):
        raise SetupError(
            f"{entity.__name__} is searchable={fields!r}, which is no tuple.",
            fix=f"write searchable=({fields!r},).",
        )
    for name in dict.fromkeys(fields):
        column = table.columns.get(name)
        if column is None or not isinstance(column.type, Text):
            raise SetupError(
                f"{entity.__name__} is searchable by “{name}”, which is no text of its own.",
                fix="name fields that are Mapped[str], Email or Phone.",
            )
        called = f"ix_{table.name}_{name}_bigrams"[:63]
        Index(called, func.dougong.bigrams(column), postgresql_using="gin")
