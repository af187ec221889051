"""Views of today: who holds which role, in which units, and who is a member there.

The units, memberships and assignments that they are made of are in `dougong.builtin.organisation`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Text, column, table

from dougong.db.naming import CORE


def _view(name: str, *columns: str) -> Any:
    kinds = {"role": Text}
    return table(name, *(column(one, kinds.get(one, BigInteger)) for one in columns), schema=CORE)


unit_reach = _view("unit_reach", "user_id", "role", "unit_id")
"""The units in which a user holds a role, with all below them.

Role '' stands for roles that everybody holds: those are held where one is a member.
"""

team_reach = _view("team_reach", "user_id", "role", "member_id")
"""Who is a member of a unit in which a user holds a role, or of one below."""

role_holder = _view("role_holder", "user_id", "role")
"""Who holds which role."""
