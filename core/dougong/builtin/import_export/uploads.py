"""Tables that people upload to import them: begun in the API, read as they come, kept for a day.

What is kept is not the file but its rows, as an import's portions have them. So nothing of a file
is read within a transaction, however large or hostile it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Engine, delete, func, insert, select, update

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.builtin.files.kinds import check_bytes
from dougong.builtin.files.stores import Incoming
from dougong.builtin.files.uploading import Upload
from dougong.builtin.files.verbs import place_for
from dougong.builtin.import_export.reading import examine, opened
from dougong.builtin.import_export.run import batches
from dougong.builtin.import_export.staging import PORTION
from dougong.builtin.import_export.tables import (
    GOES_ON,
    export_asked,
    import_portion,
    import_run,
    import_upload,
    import_upload_part,
)
from dougong.builtin.jobs.job import every
from dougong.errors import Invalid, Refused
from dougong.verbs.action import action
from dougong.verbs.verb import Secret

TABLES = frozenset(
    (
        *("text/csv", "text/tab-separated-values"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
)
KEPT = timedelta(days=1)
REFUSED_KEPT = timedelta(days=30)
"""How long the rows of an import that is over can be fetched again."""
MOST_KEPT = 20
MOST_ROWS = 2_000_000
UNREADABLE = (
    *("not_a_table", "unknown_encoding", "bad_sheet", "not_csv", "too_many_table_rows"),
    *("line_too_long", "cell_too_long", "too_many_columns"),
)
"""Why a file is not read as a table."""


@dataclass(frozen=True)
class ImportUploadPlace:
    """Where a table goes that is to be imported."""

    id: str
    """The number of the upload, by which it is imported."""
    url: Secret
    """PUT the bytes here, once."""
    expires_at: datetime
    """Until when that may begin."""


@action(needs=SIGNED_IN)
def begin_import_upload(
    ctx: Context, *, name: str, size: int, content_type: str
) -> ImportUploadPlace:
    """Get an address to which a table is uploaded, to import it: once, and by nobody else.

    name: What the file is called, with its ending: .csv, .tsv or .xlsx.
    size: How many bytes it has.
    content_type: What kind of file it is: `text/csv`.
    """
    mine = select(func.count()).where(
        import_upload.c.user_id == ctx.principal.user_id, import_upload.c.kept_until > ctx.now
    )
    if ctx.session.execute(mine).scalar_one() >= MOST_KEPT:
        raise Refused("too_many_tables", most=MOST_KEPT)
    number, place = place_for(ctx, "", name, size, content_type, TABLES)
    return ImportUploadPlace(str(number), place.url, place.expires_at)


def keep_table(engine: Engine, number: int, upload: Upload, incoming: Incoming) -> dict[str, Any]:
    """Read what has come and keep its rows, all of them or none; what is told of it.

    In a transaction that holds nobody up. Raises Refused for what is no table.
    """
    incoming.finish()
    if incoming.size != upload.size:
        raise Invalid("file_smaller", size=upload.size, came=incoming.size)
    check_bytes(incoming.path, upload.content_type)
    found = examine(incoming.path, name=upload.name)
    with opened(found) as table, engine.begin() as connection:
        row = {
            "id": number,
            "user_id": upload.user_id,
            "file": upload.name,
            "sha256": found.sha256,
            "header": table.header,
            "rows": 0,
            "kept_until": datetime.now(UTC) + KEPT,
        }
        connection.execute(insert(import_upload).values(row))
        count = 0
        for place, some in enumerate(batches(table.rows, PORTION)):
            count += len(some)
            if count > MOST_ROWS:
                raise Refused("too_many_table_rows", file=upload.name, most=MOST_ROWS)
            part = {"upload": number, "number": place, "count": len(some)}
            connection.execute(
                insert(import_upload_part).values(**part, lines=msgspec.json.encode(some))
            )
        this = import_upload.c.id == number
        connection.execute(update(import_upload).where(this).values(rows=count))
    return {"id": str(number), "rows": count, "columns": table.header}


@every("43 * * * *")
def sweep_tables(ctx: Context) -> None:
    """Remove uploads that nobody needs any more, and rows of imports that have long been over."""
    for table, until in (
        (import_upload, import_upload.c.kept_until),
        (export_asked, export_asked.c.expires_at),
    ):
        ctx.session.execute(delete(table).where(until < ctx.now))
    over = select(import_run.c.id).where(
        import_run.c.state.not_in([str(one) for one in GOES_ON]),
        import_run.c.ended_at < ctx.now - REFUSED_KEPT,
    )
    old = import_portion.c.run.in_(over) & (
        import_portion.c.lines.is_not(None) | import_portion.c.refused.is_not(None)
    )
    ctx.session.execute(update(import_portion).where(old).values(lines=None, refused=None))
