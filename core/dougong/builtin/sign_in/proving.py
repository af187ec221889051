"""Whether somebody is who they say: looked at outside any mutation's transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine, text

from dougong.access.principal import Principal
from dougong.builtin.sign_in import authenticator
from dougong.builtin.sign_in.client import Client, client
from dougong.builtin.sign_in.hashing import TooManyHashes, hasher, hashes
from dougong.builtin.sign_in.passwords import LONGEST, keep_hash
from dougong.builtin.sign_in.throttle import Pace, count, discount, forgive, keys
from dougong.errors import Forbidden
from dougong.graphql.mutations.values import check_storable

ANSWER_SECONDS = 0.25
"""When every wrong attempt is answered at the earliest, whatever was wrong with it."""
T = TypeVar("T")
_proved: ContextVar[dict[tuple[str, str, str, bool], Proof] | None] = ContextVar(
    "proved", default=None
)
"""What was proved in answering this request: when the request has to be run again, because rights or
what is installed changed meanwhile, the code that it brought has been used up."""
_threads = ThreadPoolExecutor(1, thread_name_prefix="sign-in")
"""One connection of each worker at most is taken by attempts to sign in."""

WHOSE = text("""
select u.id, c.password_hash, f.confirmed_at is not null as second_factor,
       coalesce(u.id = :me, false) or exists (
           select from dougong.sign_in_place p
            where p.user_id = u.id and p.address = :network) as known
  from (select 1) one
  left join dougong."user" u on u.email = :email and u.active
  left join dougong.credential c on c.user_id = u.id
  left join dougong.second_factor f on f.user_id = u.id
""")


@dataclass(frozen=True)
class Proof:
    """Somebody is who they say."""

    user_id: int
    by: Client
    second_factor: bool
    """Whether a code was part of it."""


@dataclass(frozen=True)
class Attempt:
    """An attempt that has been counted, and what it is compared with."""

    counted: dict[str, Pace]
    user_id: int | None
    password_hash: str | None
    known: bool
    """Whether the account's owner has been seen at this address."""
    second_factor: bool
    """Whether a code is needed."""


def wrong() -> Forbidden:
    """The one answer to everything that is wrong, attempts that come too soon included."""
    return Forbidden("wrong_credentials")


async def prove(
    engine: Engine, who: Principal, given: Mapping[str, Any], *, codes: bool = True
) -> Proof:
    """Check `email`, `password` and, where the account has a second factor, `code`.

    Without `codes` the password is enough. Raises Forbidden: `wrong_credentials`,
    `second_factor_needed` where only the code is missing.
    """
    email, password, code = given["email"], given["password"], given.get("code") or ""
    check_storable([email, password, code])
    proved = _proved.get()
    if proved is None:
        _proved.set(proved := {})
    asked = (email, password, code, codes)
    if asked not in proved:
        proved[asked] = await _prove(engine, who, email, password, code, codes=codes)
    return proved[asked]


async def _prove(
    engine: Engine, who: Principal, email: str, password: str, code: str, *, codes: bool
) -> Proof:
    began = time.monotonic()
    by = client()
    attempt = await _in_thread(lambda: _begin(engine, who, email.strip().lower(), by, codes))
    proof = await _compare(engine, attempt, by, password, code) if attempt else None
    if proof is None:
        # Who comes too soon waits as long as who is compared with, so that nobody learns which.
        pause = ANSWER_SECONDS if attempt else max(ANSWER_SECONDS, hashes.wait())
        await asyncio.sleep(max(0.0, began + pause - time.monotonic()))
        raise wrong()
    return proof


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _begin(engine: Engine, who: Principal, email: str, by: Client, codes: bool) -> Attempt | None:
    """Count the attempt, in a transaction of its own; None when it comes too soon."""
    with engine.connect() as connection:
        asked = {"email": email, "me": who.user_id, "network": by.network}
        row = connection.execute(WHOSE, asked).one()
        counted = keys(email, by.network, known=row.known)
        if not count(connection, counted):
            connection.rollback()
            return None
        connection.commit()
    return Attempt(counted, row.id, row.password_hash, row.known, codes and row.second_factor)


async def _compare(
    engine: Engine, attempt: Attempt, by: Client, password: str, code: str
) -> Proof | None:
    """The proof, if the password fits and so does the code where one is needed."""
    try:
        looked = hashes.check(
            attempt.password_hash, password[: LONGEST + 1], stranger=not attempt.known
        )
    except TooManyHashes:
        await asyncio.sleep(hashes.wait())
        return None
    if not await asyncio.wrap_future(looked):
        return None
    return await _in_thread(lambda: _settle(engine, attempt, by, password, code))


def _settle(engine: Engine, attempt: Attempt, by: Client, password: str, code: str) -> Proof | None:
    """What follows once the password is known to be right, in a transaction of its own."""
    assert attempt.user_id is not None
    missing = attempt.second_factor and not code
    with engine.begin() as connection:
        checked = attempt.second_factor and not missing
        if checked and not authenticator.use_code(connection, attempt.user_id, code):
            return None
        (discount if missing else forgive)(connection, attempt.counted)
        if attempt.password_hash and hasher.check_needs_rehash(attempt.password_hash):
            keep_hash(connection, attempt.user_id, hashes.make(password))
    if missing:
        raise Forbidden("second_factor_needed", at="code")
    return Proof(attempt.user_id, by, attempt.second_factor)


async def prove_own(engine: Engine, who: Principal, given: Mapping[str, Any]) -> Proof:
    """The same for somebody who has signed in and says the password once more.

    A `code` is needed only where the mutation takes one.
    """
    if who.user_id is None:
        raise Forbidden("not_signed_in")
    email = await _in_thread(lambda: _email_of(engine, who.user_id))
    return await prove(engine, who, {**given, "email": email}, codes="code" in given)


def _email_of(engine: Engine, user_id: int | None) -> str:
    with engine.connect() as connection:
        return str(
            connection.scalar(
                text('select email from dougong."user" where id = :id'), {"id": user_id}
            )
        )
