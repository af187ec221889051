"""One role for each kind of rule; whoever asks holds one or two."""

from dougong import Role, all_rows, own, read, restrict, rows_where, team, unit
from dougong_branches.entities import BranchOrder, BranchOrderState
from dougong_branches.permissions import SEE_MARGIN

MAY_READ = [read(BranchOrder)]
UNCANCELLED_ONES = rows_where(
    BranchOrder, lambda order, me: order.state != BranchOrderState.CANCELLED, "uncancelled"
)
ALL = Role("branches.all", "Sees all orders.", grants=MAY_READ, rows=[all_rows(BranchOrder)])
OWN = Role("branches.own", "Sees own orders.", grants=MAY_READ, rows=[own(BranchOrder.owner)])
TEAM = Role("branches.team", "Sees the team's.", grants=MAY_READ, rows=[team(BranchOrder.seller)])
UNIT = Role("branches.unit", "Sees the unit's.", grants=MAY_READ, rows=[unit(BranchOrder.office)])
ANALYST = Role(
    "branches.analyst",
    "Sees all orders, and of all what stays with us.",
    grants=[*MAY_READ, SEE_MARGIN],
    rows=[all_rows(BranchOrder)],
)
CONTROLLER = Role(
    "branches.controller",
    "Sees what stays with us of what was not cancelled.",
    grants=[*MAY_READ, SEE_MARGIN],
    rows=[UNCANCELLED_ONES],
)
ACCOUNTANT = Role(
    "branches.accountant",
    "Sees what stays with us of what the unit handles.",
    grants=[*MAY_READ, SEE_MARGIN],
    rows=[unit(BranchOrder.office)],
)
UNCANCELLED = Role(
    "branches.uncancelled", "Never sees what was cancelled.", rows=[restrict(UNCANCELLED_ONES)]
)
INSIDE = Role(
    "branches.inside",
    "Never sees what other units handle.",
    rows=[restrict(unit(BranchOrder.office))],
)
