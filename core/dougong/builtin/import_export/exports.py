"""Exporting over the API: what is asked is kept for some minutes, and done as it is downloaded.

So a file has what whoever asked may see then; and none has to be kept, or is left over.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.builtin.import_export.exporting import Asked, check_export
from dougong.builtin.import_export.labels import ENGLISH
from dougong.builtin.import_export.signing import EXPORT, URL_LIFE, address_for
from dougong.builtin.import_export.tables import export_asked
from dougong.builtin.language.languages import LANGUAGES, nearest
from dougong.errors import Invalid, Refused
from dougong.verbs.action import action
from dougong.verbs.verb import Secret

MOST_ASKED = 100
LONGEST = 100_000
"""Characters of what is asked."""


class TableFormat(StrEnum):
    """What kind of file a table is."""

    CSV = "CSV"
    XLSX = "XLSX"


@dataclass(frozen=True)
class ExportPlace:
    """Where an export is downloaded."""

    url: Secret
    """GET the file here; it is made as you download it."""
    file: str
    """What it is called."""
    expires_at: datetime
    """Until when that may begin."""


@action(needs=SIGNED_IN)
def export_records(
    ctx: Context,
    *,
    entity: str,
    where: dict[str, Any] | None = None,
    order_by: list[dict[str, Any]] | None = None,
    fields: list[str] | None = None,
    history: bool = False,
    format: TableFormat = TableFormat.CSV,  # noqa: A002 - what people call it
    language: str | None = None,
) -> ExportPlace:
    """Get an address at which the records that you see are downloaded as a table.

    entity: Which records: `Party`.
    where: Only those for which this holds, as a list of them takes it.
    order_by: In which order, as a list of them takes it; by number unless said.
    fields: Which columns, those of records that are linked to as `customer.code`; unless said, all
        that an import takes.
    history: Whether, unless fields are said, these are all that an import of history takes.
    format: What kind of file it is.
    language: In which columns and choices are named; unless said, yours.
    """
    tag = nearest(language or ctx.principal.language or ENGLISH)
    if tag is None:
        raise Invalid(
            "no_language", at="language", language=str(language)[:40], known=", ".join(LANGUAGES)
        )
    asked = Asked(entity, where or {}, order_by or [], tuple(fields or ()), history, tag)
    check_export(ctx, asked)
    kept = asdict(asked)
    if len(repr(kept)) > LONGEST:
        raise Invalid("export_too_long", most=LONGEST)
    mine = select(func.count()).where(
        export_asked.c.user_id == ctx.principal.user_id, export_asked.c.expires_at > ctx.now
    )
    if ctx.session.execute(mine).scalar_one() >= MOST_ASKED:
        raise Refused("too_many_exports", most=MOST_ASKED)
    file, until = f"{entity}-{ctx.now.date()}.{format.lower()}", ctx.now + URL_LIFE
    new = insert(export_asked).values(
        user_id=ctx.principal.user_id, file=file, asked=kept, expires_at=until
    )
    number = ctx.session.execute(new.returning(export_asked.c.id)).scalar_one()
    return ExportPlace(address_for(ctx, EXPORT, number), file, until)
