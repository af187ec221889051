"""What people do with files in the API: begin an upload, see the address, rename, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN, Operation
from dougong.builtin.files.entities import File, upload
from dougong.builtin.files.kinds import checked_kind
from dougong.builtin.files.names import checked_name, ending_of
from dougong.builtin.files.settings import settings
from dougong.builtin.files.signing import signed
from dougong.builtin.sign_in.settings import settings as sign_in_settings
from dougong.entity.base import Entity
from dougong.entity.fields import RecordId
from dougong.errors import Conflict, Invalid, Refused
from dougong.graphql.mutations.records import require_row, visible
from dougong.verbs.action import action
from dougong.verbs.computed import Asking, computed
from dougong.verbs.verb import Secret

UPLOAD_LIFE = timedelta(minutes=15)
URL_LIFE = timedelta(minutes=10)
ROUNDED = 300
"""Seconds: addresses of a file stay the same so long, so that browsers need not fetch it again."""
MOST_BEGUN = 100
UPLOAD = "upload"
DOWNLOAD = "download"


@dataclass(frozen=True)
class UploadPlace:
    """Where the bytes of a file go."""

    url: Secret
    """PUT the bytes here, once."""
    expires_at: datetime
    """Until when that may begin."""


@action(needs=SIGNED_IN)
def begin_upload(
    ctx: Context, *, record: RecordId, name: str, size: int, content_type: str
) -> UploadPlace:
    """Get an address to which a file of a record is uploaded, once and by nobody else.

    record: The record that it will hang on, which the asker may change.
    name: What the file is called, with its ending.
    size: How many bytes it has.
    content_type: What kind of file it is: `application/pdf`.
    """
    target = record_of(ctx, record)
    require_row(ctx, Operation.UPDATE, target)
    kinds = settings().types
    about = f"{type(target).__name__}:{target.id}"
    return place_for(ctx, about, name, size, content_type, kinds)[1]


def place_for(
    ctx: Context, record: str, name: str, size: int, content_type: str, kinds: frozenset[str]
) -> tuple[int, UploadPlace]:
    """Where the asker puts a file of one of these kinds, once; the upload's number, and the place.

    `record` is what it will hang on; empty: nothing. Raises Invalid for what is not taken.
    """
    most, name = settings().largest, checked_name(name)
    if not 1 <= size <= most:
        raise Invalid("file_size", at="size", most=most)
    expires_at = ctx.now + UPLOAD_LIFE
    row = {
        "user_id": ctx.principal.user_id,
        "token_id": ctx.principal.token_id,
        "record": record,
        "name": name,
        "size": size,
        "content_type": checked_kind(content_type, name, kinds),
        "expires_at": expires_at,
    }
    open_ = select(func.count()).where(
        upload.c.user_id == row["user_id"],
        upload.c.begun_at.is_(None),
        upload.c.expires_at > ctx.now,
    )
    if ctx.session.execute(open_).scalar_one() >= MOST_BEGUN:
        raise Refused("too_many_uploads", most=MOST_BEGUN)
    number = ctx.session.execute(insert(upload).values(row).returning(upload.c.id)).scalar_one()
    return number, UploadPlace(address(UPLOAD, signed(UPLOAD, number)), expires_at)


def record_of(ctx: Context, given: str) -> Entity:
    """The record with an id of the API, if the asker may see it and files hang on such records.

    Raises Refused (`not_found`) and Invalid (`bad_id`).
    """
    name = str(given).partition(":")[0]
    for entity in ctx.generation.access.records:
        if entity.__name__ == name:
            return visible(ctx, entity, given)
    raise Invalid("bad_id", at="record", id=str(given)[:80], entity="record")


def address(what: str, text: str) -> str:
    """Where something is uploaded or downloaded, by a text that we have signed."""
    return f"{sign_in_settings().public_url}/files/{what}/{text}"


@action(needs=SIGNED_IN)
def rename_file(file: File, ctx: Context, *, version: int, name: str) -> File:
    """Call a file something else; its ending stays.

    version: The version that you saw.
    name: What it is called from now on.
    """
    _check(ctx, file, version, Operation.UPDATE)
    name = checked_name(name)
    if ending_of(name) != ending_of(file.name):
        raise Invalid(
            "file_ending", at="name", type=file.content_type, endings=ending_of(file.name)
        )
    File.update(file, ctx, name=name)
    return file


@dataclass(frozen=True)
class FileRemoved:
    """What is gone."""

    deleted_id: str
    """The file's id."""


@action(needs=SIGNED_IN)
def remove_file(file: File, ctx: Context, *, version: int) -> FileRemoved:
    """Take a file away from its record.

    version: The version that you saw.
    """
    _check(ctx, file, version, Operation.DELETE)
    number = file.id
    File.delete(file, ctx)
    return FileRemoved(f"File:{number}")


def _check(ctx: Context, file: File, version: int, right: Operation) -> None:
    """Raise Conflict unless the file is at that version, Forbidden unless the asker has the right."""
    if file.version != version:
        raise Conflict(
            "stale_version", at="version", entity="File", seen=version, current=file.version
        )
    require_row(ctx, right, file)


@computed(File.id)
def url(rows: Sequence[tuple[int]], asking: Asking) -> Sequence[str]:
    """Where it can be downloaded, for a few minutes and as long as the asker may see it."""
    end = (asking.now + URL_LIFE).timestamp()
    until = int(-(-end // ROUNDED) * ROUNDED)
    head = address(DOWNLOAD, "")
    whose = asking.user_id, asking.token_id, until
    return [head + signed(DOWNLOAD, number, *whose) for (number,) in rows]
