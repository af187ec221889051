"""People and companies that we deal with, and how to reach them."""

from dougong import AddOn
from dougong_party.entities import Contact, Party, PartyKind
from dougong_party.roles import EDITOR, READER

addon = AddOn(name="party", title="People and companies")

__all__ = ["EDITOR", "READER", "Contact", "Party", "PartyKind", "addon"]
