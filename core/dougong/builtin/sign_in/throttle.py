"""Wrong attempts are counted in the database, for all workers, and what follows waits longer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, text, update

from dougong.builtin.sign_in.tables import throttle


@dataclass(frozen=True)
class Pace:
    """How many wrong attempts in a row are free, how long a wait grows, when all is forgotten."""

    free: int
    longest: timedelta
    forgotten: timedelta


ACCOUNT_HERE = Pace(5, timedelta(minutes=15), timedelta(days=1))
"""One account from one address."""
ACCOUNT = Pace(10, timedelta(minutes=15), timedelta(days=1))
"""One account from addresses where its owner was never seen."""
ADDRESS = Pace(30, timedelta(minutes=5), timedelta(hours=1))
"""One address, whatever the account; an office may share one."""
LONGEST_FORGOTTEN = timedelta(days=1)
_one_less = func.greatest(throttle.c.failures - 1, 0)

COUNT = text("""
insert into dougong.sign_in_throttle as t (key, failures, next_at, last_at)
values (:key, 1, now(), now())
on conflict (key) do update set
    failures = case when t.last_at < now() - :forgotten then 1 else t.failures + 1 end,
    last_at = now(),
    next_at = now() + case
        when t.last_at < now() - :forgotten or t.failures < :free then interval '0'
        else least(:longest, interval '1 second' * 2 ^ least(t.failures - :free, 20)) end
where t.next_at <= now() or t.last_at < now() - :forgotten
returning t.key
""")
"""Count an attempt as a wrong one before it is looked at; no row when it comes too soon."""


def keys(email: str, network: str, *, known: bool) -> dict[str, Pace]:
    """What an attempt counts for.

    Where the owner has been seen, what strangers do elsewhere does not matter.
    """
    here = {_key("account here", email, network): ACCOUNT_HERE}
    if known:
        return here
    return {
        **here,
        _key("account", email): ACCOUNT,
        **({_key("address", network): ADDRESS} if network else {}),
    }


def _key(*what: str) -> str:
    """A key that names nobody: people type their password into the wrong field."""
    return hashlib.sha256("\x00".join(what).encode()).hexdigest()


def count(connection: Connection, attempt: dict[str, Pace]) -> bool:
    """Count an attempt as wrong; False when one of the keys has to wait: roll back then.

    The rows stay locked until the transaction ends, always in the same order.
    """
    return all(
        connection.execute(
            COUNT,
            {
                "key": key,
                "free": pace.free,
                "longest": pace.longest,
                "forgotten": pace.forgotten,
            },
        ).first()
        for key, pace in attempt.items()
    )


def forgive(connection: Connection, attempt: dict[str, Pace]) -> None:
    """Take an attempt back that turned out right; from here the account begins anew."""
    here, *others = attempt
    connection.execute(delete(throttle).where(throttle.c.key == here))
    for key in others:
        mine = update(throttle).where(throttle.c.key == key)
        connection.execute(mine.values(failures=_one_less, next_at=func.now()))


def discount(connection: Connection, attempt: dict[str, Pace]) -> None:
    """Take an attempt back that was right so far, and nothing else.

    Who knows a password and guesses codes must not begin anew by leaving the code out.
    """
    for key in attempt:
        mine = update(throttle).where(throttle.c.key == key)
        connection.execute(mine.values(failures=_one_less))


def forget(connection: Connection) -> None:
    """Delete what no longer counts; rows that others hold are left for later."""
    connection.execute(
        text(
            "delete from dougong.sign_in_throttle where key in ("
            "select key from dougong.sign_in_throttle where last_at < now() - :age "
            "limit 10000 for update skip locked)"
        ),
        {"age": LONGEST_FORGOTTEN},
    )
