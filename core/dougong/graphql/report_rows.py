"""Reports as the API shows them: one row type each, from the columns of the report's SELECT."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLObjectType, GraphQLOutputType
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    Numeric,
    Select,
    String,
    Table,
    TextClause,
    bindparam,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import visitors

from dougong.access.reach import BoundMe
from dougong.db.naming import CORE, camel, upper_first
from dougong.entity.enums import EnumText
from dougong.entity.model import Kind
from dougong.errors import SetupError
from dougong.graphql.described import fields
from dougong.graphql.scalars import SCALARS
from dougong.verbs.report import Report

if TYPE_CHECKING:
    from dougong.graphql.types import Types

KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (EnumText, Kind.ENUM),
    (BigInteger, Kind.BIGINT),
    (Integer, Kind.INT),
    (Numeric, Kind.DECIMAL),
    (Boolean, Kind.BOOLEAN),
    (DateTime, Kind.DATETIME),
    (Date, Kind.DATE),
    (JSONB, Kind.JSON),
    (String, Kind.TEXT),
)


class AskingContext:
    """What a report is given instead of a Context: the asker and the clock as parameters.

    A report is compiled once and run for many, so it can only put them into its SELECT.
    """

    def __init__(self, me: Any, now: Any, token: Any = None) -> None:
        self.me = BoundMe(me)
        self.now: datetime = now
        self.token = token
        """The session or key that asks."""


ANYBODY = AskingContext(
    bindparam("me", None, BigInteger()),
    bindparam("now", None, DateTime(timezone=True)),
    bindparam("token", None, BigInteger()),
)


class ReportRows:
    """A report, its name in the API, and the type of its rows."""

    def __init__(self, report: Report, types: Types) -> None:
        """Raises SetupError when the report's columns do not suit the API."""
        self.report = report
        self.api_name = camel(report.name)
        self._types = types
        rows = self._made(ANYBODY).subquery("report")
        self.columns = {camel(name): self._kind(name, col) for name, col in rows.c.items()}
        self.names = {camel(name): name for name in rows.c.keys()}  # noqa: SIM118 - SQLAlchemy's
        self.row_type = GraphQLObjectType(
            types.claim(f"{upper_first(self.api_name)}Row", report.addon),
            fields(
                {
                    camel(name): (self._type(name, col), report.about.get(name))
                    for name, col in rows.c.items()
                }
            ),
            description=f"A row of: {report.description or self.api_name}",
        )

    def select(self, asker: AskingContext) -> Select[Any]:
        """The report's SELECT for an asker.

        Raises SetupError when it is not made of entities alone. To look has SQLAlchemy configure
        them, so it is not done before somebody asks, or before the add-on is installed.
        """
        made = self._made(asker)
        tables = {model.__table__ for model in self._types.generation.models}
        for extensions in self._types.generation.extensions.values():
            tables |= {extension.__table__ for extension in extensions}
        names = {table.fullname for table in tables}
        for part in visitors.iterate(made):
            if isinstance(part, TextClause):
                raise self._wrong("has SQL as text", "build it with select(…) from entities")
            own = self.report.addon == CORE  # the core's own tables, of which it shows some rows
            if isinstance(part, Table) and part.fullname not in names and not own:
                raise self._wrong(
                    f"reads the table {part.fullname}, which is no entity", "read entities only"
                )
        return made

    def _made(self, asker: AskingContext) -> Select[Any]:
        made = self.report.build(cast(Any, asker))
        if not isinstance(made, Select):
            raise self._wrong("does not return a SELECT", "return select(…) with labelled columns")
        return made

    def _type(self, name: str, column: Any) -> GraphQLOutputType:
        if isinstance(column.type, EnumText):
            return self._types.enum_of(column.type.enum_class)
        return SCALARS[self._kind(name, column)]

    def _kind(self, name: str, column: Any) -> Kind:
        for sql_type, kind in KINDS:
            if isinstance(column.type, sql_type):
                return kind
        raise self._wrong(
            f"has a column “{name}” whose type {column.type!r} the API has no scalar for",
            f"give it one, for example func.sum(…, type_=Numeric()).label(“{name}”)",
        )

    def _wrong(self, what: str, fix: str) -> SetupError:
        return SetupError(
            f"The report {self.report.key} {what}.", fix=f"{fix}.", where=(self.report,)
        )
