"""What the database knows of somebody who asks: roles, changed roles, for whom they stand in."""

from __future__ import annotations

import json
from functools import lru_cache

from sqlalchemy import Engine, select, text

from dougong.access.principal import ItemChange, Principal
from dougong.access.users import User
from dougong.errors import SetupError

ABOUT = """
case when u.id is not null then json_build_array(
    u.id, u.name,
    (select coalesce(json_agg(h.role), '[]') from dougong.role_holder h where h.user_id = u.id),
    (select coalesce(json_agg(json_build_array(d.delegator_id, h.role)), '[]')
       from dougong.delegation d
       join dougong."user" v on v.id = d.delegator_id and v.active
       join dougong.role_holder h on h.user_id = v.id and h.role = coalesce(d.role, h.role)
      where d.delegate_id = u.id and current_date between d.since and d.until),
    (select coalesce(json_agg(json_build_array(c.role, c.item, c.removed)
                              order by c.role, c.item)::text, '[]') from dougong.role_change c),
    (select structure || ' ' || current_date from dougong.epoch),
    coalesce(u.language, '')
)::text end
"""
"""A column about the user `u`, for `principal_of`; it is true until the day ends or the epoch."""


def principal_of(about: str | None, token_id: int | None = None) -> Principal | None:
    """The principal that a column ABOUT tells of; None where there is no user."""
    if about is None:
        return None
    user_id, name, roles, stands_in, changes, structure, language = json.loads(about)
    return Principal(
        user_id,
        name,
        frozenset(roles),
        token_id,
        changes=_changes(changes),
        stands_in=frozenset((user, role) for user, role in stands_in),
        structure=structure,
        language=language,
    )


@lru_cache(4)
def _changes(said: str) -> frozenset[ItemChange]:
    """They are the same for everybody, and so is the set of them."""
    return frozenset(ItemChange(*one) for one in json.loads(said))


def principal_named(engine: Engine, email: str) -> Principal:
    """The active user with this address, with the roles held now; raises SetupError."""
    found = text(f'select {ABOUT} from dougong."user" u where u.email = :email and u.active')
    with engine.connect() as connection:
        about = connection.scalar(found, {"email": email.strip().lower()})
    principal = principal_of(about)
    if principal is None:
        raise SetupError(
            f"There is no active user {email}.",
            fix=f"check the address, or add the user: dougong user add {email}.",
        )
    return principal


def has_demo_users(engine: Engine) -> bool:
    """Whether somebody could sign in with a demonstration's well-known address."""
    found = select(User.id).where(User.email.like("%@demo.example"), User.active).limit(1)
    with engine.connect() as connection:
        return connection.execute(found).first() is not None
