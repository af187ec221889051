"""Sessions: one transaction for each mutation, with the rules that hold below every path."""

from dougong.builtin.audit import telling
from dougong.db.session import reading, writing
from dougong.db.session.kinds import ReadSession, WriteSession
from dougong.db.session.transactions import enter, find, in_transaction, looking

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
