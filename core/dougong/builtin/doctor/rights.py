"""What is written about people's rights and means nothing, or not what it seems to."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection, text

from dougong.builtin.doctor.findings import Finding, error, note
from dougong.errors import Invalid
from dougong.generation import Generation

CHANGES = "select role, item, removed from dougong.role_change order by role, item"
COMPANYS = "select name from dougong.custom_role"
ASSIGNED = """
select a.role, string_agg(distinct u.email, ', ' order by u.email) as people
  from dougong.role_assignment a join dougong."user" u on u.id = a.user_id
 group by a.role order by a.role
"""
NOT_HELD = """
select giver.email as giver, taker.email as taker, d.role, d.until
  from dougong.delegation d
  join dougong."user" giver on giver.id = d.delegator_id
  join dougong."user" taker on taker.id = d.delegate_id
 where current_date between d.since and d.until and d.role is not null
   and not exists (select from dougong.role_holder h
                    where h.user_id = d.delegator_id and h.role = d.role)
 order by giver.email, taker.email, d.role
"""
WITHOUT = """
select u.email from dougong."user" u
 where u.active
   and not exists (select from dougong.role_holder h where h.user_id = u.id)
   and not exists (select from dougong.delegation d
                    where d.delegate_id = u.id and current_date between d.since and d.until)
 order by u.email
"""


def examine_roles(connection: Connection, generation: Generation) -> Iterator[Finding]:
    """What the company changed in roles, and who holds them, where that means nothing now.

    That is what an upgrade leaves behind which brings other roles than those that were changed.
    """
    known = generation.access.roles.keys() | set(connection.scalars(text(COMPANYS)))
    for row in connection.execute(text(CHANGES)):
        yield from _change(generation, known, *row)
    for role, people in connection.execute(text(ASSIGNED)):
        if role not in known:
            yield _unknown(generation, role, f"{people} holds {role}")


def examine_rights(connection: Connection, generation: Generation) -> Iterator[Finding]:
    """Changed roles, assignments and delegations that mean nothing; people without a role."""
    yield from examine_roles(connection, generation)
    for row in connection.execute(text(NOT_HELD)):
        yield error(
            "delegation",
            f"{row.giver} delegates {row.role} to {row.taker} until {row.until}, but does not "
            f"hold it, so {row.taker} may do nothing by it.",
            f"give {row.giver} the role, or delete the delegation.",
        )
    for (email,) in connection.execute(text(WITHOUT)):
        yield note(
            "user",
            f"{email} may sign in, but holds no role today and stands in for nobody.",
            f"`dougong user grant {email} ROLE`, or `dougong user deactivate {email}`.",
        )


def _change(
    generation: Generation, known: AbstractSet[str], role: str, item: str, removed: bool
) -> Iterator[Finding]:
    """What the company changed in a role, where it has no effect any more."""
    if role not in known:
        yield _unknown(generation, role, f"The company changed “{item}” in {role}")
    elif removed and item not in _shipped(generation, role):
        yield error(
            "role",
            f"“{item}” was taken from {role}, but its add-on does not ship that any more: what it "
            "ships instead holds.",
            f"look at what {role} may do now, take away what it should not have, and then "
            f"giveToRole with role “{role}” and the same item, so that this is forgotten.",
        )
    elif not removed and not _makes_sense(generation, item):
        yield _lost(generation, role, item)


def _shipped(generation: Generation, role: str) -> set[str]:
    found = generation.access.roles.get(role)
    return {str(one) for one in (*found.grants, *found.rows)} if found else set()


def _makes_sense(generation: Generation, item: str) -> bool:
    try:
        generation.access.items.parse(item)
    except Invalid:
        return False
    return True


def _lost(generation: Generation, role: str, item: str) -> Finding:
    """An item that was given, and that nobody knows any more."""
    first, *rest = item.split()
    gone = _absent(generation, rest[0] if rest else first)
    said = f"“{item}”, which the company gave to {role}, means nothing"
    if gone:
        return note(
            "role", f"{said} while {gone} is not installed.", f"install {gone}, or take it away."
        )
    if first == "restrict":
        said += " any more; until it is put right, who holds the role sees none of the records"
        return error("role", f"{said}.", "takeFromRole, then giveToRole what takes its place.")
    return error("role", f"{said} any more.", "takeFromRole, then giveToRole what takes its place.")


def _unknown(generation: Generation, role: str, said: str) -> Finding:
    """Something about a role that there is not, or not now."""
    gone = _absent(generation, role)
    if gone:
        return note(
            "role",
            f"{said}, which means nothing while {gone} is not installed.",
            f"install or restore {gone}, or take it away.",
        )
    maker = "the company did not make it" if role.startswith("company.") else "no add-on ships it"
    return error(
        "role",
        f"{said}, but there is no such role: {maker}.",
        f"`dougong user take EMAIL {role}` and resetRole, or bring the role back.",
    )


def _absent(generation: Generation, name: str) -> str | None:
    """The add-on that a name begins with, where it is not installed."""
    owner = name.split(".", 1)[0]
    return None if owner in generation.parts or owner == "company" else owner
