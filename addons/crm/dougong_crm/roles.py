"""Who may do what with leads."""

from dougong import Role, all_rows, change, create, own, read, update
from dougong_crm.entities import Lead
from dougong_crm.permissions import SELL
from dougong_party import Party

SELLER = Role(
    "crm.seller",
    "Works on own leads.",
    grants=[SELL, read(Lead), create(Lead), update(Lead), read(Party)],
    rows=[own(Lead.owner), all_rows(Party)],
)
MANAGER = Role(
    "crm.manager",
    "Works on everybody's leads.",
    grants=[SELL, *change(Lead), read(Party)],
    rows=[all_rows(Lead), all_rows(Party)],
)
