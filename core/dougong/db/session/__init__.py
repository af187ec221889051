"""Sessions: one transaction for each mutation, with the rules that hold below every path."""

from sqlalchemy import event

from dougong.builtin.audit import telling
from dougong.builtin.siblings import read_links
from dougong.db.session import reading, writing
from dougong.db.session.kinds import ReadSession, WriteSession
from dougong.db.session.transactions import enter, find, in_transaction, looking

event.listen(WriteSession, "do_orm_execute", read_links)  # once it is known what may be read

__all__ = [
    "ReadSession",
    "WriteSession",
    "enter",
    "find",
    "in_transaction",
    "looking",
    "reading",
    "telling",
    "writing",
]
