"""An upload on its way: claimed once, received piece by piece, looked at, kept, attached."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, update

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.builtin.files.entities import File, upload
from dougong.builtin.files.keeping import Content, attach, keep
from dougong.builtin.files.kinds import check_bytes
from dougong.builtin.files.signing import read
from dougong.builtin.files.stores import Incoming, Store
from dougong.builtin.files.verbs import UPLOAD, record_of
from dougong.errors import Invalid, Refused
from dougong.graphql.mutations.records import require_row


@dataclass(frozen=True)
class Upload:
    """What somebody was allowed to upload."""

    user_id: int
    token_id: int | None
    record: str
    name: str
    size: int
    content_type: str


def number_of(address: str) -> int:
    """The upload that an address is for; raises Refused (`bad_address`)."""
    parts = read(UPLOAD, address)
    if parts is None:
        raise Refused("bad_address")
    return int(parts[0])


def claim(ctx: Context, number: int) -> Upload:
    """Use an address: nobody can from then on. Raises Refused (`bad_address`)."""
    names = [upload.c[name] for name in Upload.__dataclass_fields__]
    used = update(upload).values(begun_at=func.now())
    mine = upload.c.id == number, upload.c.begun_at.is_(None), upload.c.expires_at > func.now()
    row = ctx.session.execute(used.where(*mine).returning(*names)).first()
    if row is None:
        raise Refused("bad_address")
    return Upload(*row)


def receive(upload: Upload, incoming: Incoming, piece: bytes | bytearray) -> None:
    """Add a piece; raises Invalid (`file_larger`) as soon as there is more than was said."""
    if incoming.size + len(piece) > upload.size:
        raise Invalid("file_larger", size=upload.size)
    incoming.write(piece)


def finish(engine: Engine, store: Store, upload: Upload, incoming: Incoming) -> Content:
    """Look at what has come, and keep it; raises Invalid for what is not what was said."""
    incoming.finish()
    if incoming.size != upload.size:
        raise Invalid("file_smaller", size=upload.size, came=incoming.size)
    check_bytes(incoming.path, upload.content_type)
    return keep(engine, store, incoming)


def attach_upload(ctx: Context, upload: Upload, kept: Content) -> File:
    """Hang what was uploaded on its record, if the uploader may still change that."""
    record = record_of(ctx, upload.record)
    ctx.lock(record)
    require_row(ctx, Operation.UPDATE, record)
    return attach(ctx, record, upload.name, upload.content_type, kept)
