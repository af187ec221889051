"""Users by their e-mail address, for commands that act as somebody."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from dougong.access.rules import Principal
from dougong.access.users import User, role_holder
from dougong.errors import SetupError


def principal_named(engine: Engine, email: str) -> Principal:
    """The active user with this address, with the roles held now; raises SetupError."""
    roles = func.array_remove(func.array_agg(role_holder.c.role), None)
    found = (
        select(User.id, User.name, roles)
        .outerjoin(role_holder, role_holder.c.user_id == User.id)
        .where(User.email == email.strip().lower(), User.active)
        .group_by(User.id, User.name)
    )
    with engine.connect() as connection:
        row = connection.execute(found).first()
    if row is None:
        raise SetupError(
            f"There is no active user {email}.",
            fix=f"check the address, or add the user: dougong user add {email}.",
        )
    return Principal(row[0], row[1], frozenset(row[2] or ()))


def has_demo_users(engine: Engine) -> bool:
    """Whether somebody could sign in with a demonstration's well-known address."""
    found = select(User.id).where(User.email.like("%@demo.example"), User.active).limit(1)
    with engine.connect() as connection:
        return connection.execute(found).first() is not None
