"""Customer relations: leads, from first contact to won or lost."""

from dougong import AddOn, create
from dougong_crm.entities import Lead, LeadStage
from dougong_crm.permissions import SELL
from dougong_crm.roles import MANAGER, SELLER
from dougong_crm.workflows import lead_workflow, lose, qualify, reopen, win
from dougong_party import Party

addon = AddOn(name="crm", title="Customer relations", needs=["party"], may=[create(Party)])

__all__ = [
    "MANAGER",
    "SELL",
    "SELLER",
    "Lead",
    "LeadStage",
    "addon",
    "lead_workflow",
    "lose",
    "qualify",
    "reopen",
    "win",
]
