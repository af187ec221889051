"""Whether somebody is who they say: looked at outside any mutation's transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from dougong.access.principal import Principal
from dougong.builtin.sign_in import authenticator
from dougong.builtin.sign_in.client import Client, client
from dougong.builtin.sign_in.hashing import TooManyHashes, Turn, hasher, hashes
from dougong.builtin.sign_in.passwords import LONGEST, keep_hash
from dougong.builtin.sign_in.throttle import Pace, count, discount, forgive, keys
from dougong.db.naming import CORE
from dougong.db.read_pool import LOST, TooBusy
from dougong.errors import Forbidden
from dougong.graphql.mutations.values import check_storable
from dougong.graphql.problems import Unreachable
from dougong.verbs.verb import Outside
from dougong.workflow import event_log

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

WHOSE = """
select u.id::bigint, c.password_hash::text, f.confirmed_at is not null, owner.known,
       exists (select from dougong.sign_in_place p where p.address = $3::text),
       exists (select from dougong.sign_in_throttle t where t.next_at > now()
                  and t.key = any(case when owner.known then $4::text[] else $5::text[] end))
  from (select 1) one
  left join dougong."user" u on u.email = $1::text and u.active
  left join dougong.credential c on c.user_id = u.id
  left join dougong.second_factor f on f.user_id = u.id
 cross join lateral (select coalesce(u.id = $2::bigint, false) or exists (
                select from dougong.sign_in_place p
                 where p.user_id = u.id and p.address = $3::text)) as owner (known)
"""
"""All that is asked about an attempt that comes too soon: it costs this, no thread, and no write."""
EMAIL = """select coalesce((select email::text from dougong."user" where id = $1::bigint), '')"""


@dataclass(frozen=True)
class Proof:
    """Somebody is who they say."""

    user_id: int
    by: Client
    second_factor: bool
    """Whether a code was part of it."""


@dataclass(frozen=True)
class Attempt:
    """An attempt, what it counts for, and what it is compared with."""

    counts: dict[str, Pace]
    user_id: int | None
    password_hash: str | None
    turn: Turn
    pause: float
    """How many seconds a wrong answer takes at least: as long here for every account."""
    too_soon: bool
    second_factor: bool
    """Whether a code is needed."""


def wrong() -> Forbidden:
    """The one answer to everything that is wrong, attempts that come too soon included."""
    return Forbidden("wrong_credentials")


async def prove(
    outside: Outside, who: Principal, given: Mapping[str, Any], *, codes: bool = True
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
        proved[asked] = await _prove(outside, who, email, password, code, codes=codes)
    return proved[asked]


async def _prove(
    outside: Outside, who: Principal, email: str, password: str, code: str, *, codes: bool
) -> Proof:
    began = time.monotonic()
    by = client()
    attempt = await look(outside, who, email.strip().lower(), by, codes)
    proof = None
    if not attempt.too_soon and not hashes.is_full(attempt.turn):
        proof = await _compare(outside.engine, attempt, by, password, code)
    if proof is None:
        await asyncio.sleep(max(0.0, began + attempt.pause - time.monotonic()))
        raise wrong()
    return proof


async def _row(outside: Outside, statement: str, *arguments: Any) -> tuple[Any, ...]:
    """What a statement finds, texts as str; raises Unreachable."""
    try:
        row = await outside.reads.fetchrow(statement, *arguments)
    except (TooBusy, *LOST) as problem:
        raise Unreachable(str(problem)) from problem
    return tuple(value.decode() if isinstance(value, bytes) else value for value in row)


async def look(outside: Outside, who: Principal, email: str, by: Client, codes: bool) -> Attempt:
    """What an attempt is about; nothing is written."""
    network = by.network
    as_owner, counts = (keys(email, network, known=known) for known in (True, False))
    arguments = email, who.user_id, network, list(as_owner), list(counts)
    user, hashed, factor, known, near, too_soon = await _row(outside, WHOSE, *arguments)
    turn = Turn.NEAR if near else Turn.STRANGER
    return Attempt(
        counts=as_owner if known else counts,
        user_id=user,
        password_hash=hashed,
        turn=Turn.KNOWN if known else turn,
        pause=max(ANSWER_SECONDS, hashes.wait(turn)),
        too_soon=too_soon,
        second_factor=codes and factor,
    )


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _count(engine: Engine, attempt: Attempt) -> bool:
    """Count the attempt, in a transaction of its own; False when it comes too soon after all."""
    with engine.connect() as connection:
        counted = count(connection, attempt.counts)
        (connection.commit if counted else connection.rollback)()
    return counted


async def _compare(
    engine: Engine, attempt: Attempt, by: Client, password: str, code: str
) -> Proof | None:
    """The proof, if the password fits and so does the code where one is needed.

    The attempt is counted as a wrong one before it is looked at.
    """
    if not await _in_thread(lambda: _count(engine, attempt)):
        return None
    try:
        looked = hashes.check(attempt.password_hash, password[: LONGEST + 1], attempt.turn)
    except TooManyHashes:
        return None
    if not await asyncio.wrap_future(looked):
        await _in_thread(lambda: _note_wrong_password(engine, attempt, by))
        return None
    return await _in_thread(lambda: _settle(engine, attempt, by, password, code))


def _note_wrong_password(engine: Engine, attempt: Attempt, by: Client) -> None:
    """Write down that somebody did not know a person's password; of nobody's, nothing."""
    if attempt.user_id is not None:
        with engine.begin() as connection:
            _note(connection, attempt, by, "password")


def _note(connection: Connection, attempt: Attempt, by: Client, wrong: str) -> None:
    event_log.append(
        connection,
        verb="dougong.sign_in_failed",
        addon=CORE,
        actor=(None, "anonymous"),
        records=[None],
        at=datetime.now(UTC),
        form={"user": attempt.user_id, "address": by.address, "wrong": wrong},
    )


def _settle(engine: Engine, attempt: Attempt, by: Client, password: str, code: str) -> Proof | None:
    """What follows once the password is known to be right, in a transaction of its own."""
    assert attempt.user_id is not None
    missing = attempt.second_factor and not code
    with engine.begin() as connection:
        checked = attempt.second_factor and not missing
        if checked and not authenticator.use_code(connection, attempt.user_id, code):
            _note(connection, attempt, by, "code")
            return None
        (discount if missing else forgive)(connection, attempt.counts)
        if attempt.password_hash and hasher().check_needs_rehash(attempt.password_hash):
            keep_hash(connection, attempt.user_id, hashes.make(password))
    if missing:
        raise Forbidden("second_factor_needed", at="code")
    return Proof(attempt.user_id, by, attempt.second_factor)


async def prove_own(outside: Outside, who: Principal, given: Mapping[str, Any]) -> Proof:
    """The same for somebody who has signed in and says the password once more.

    A `code` is needed only where the mutation takes one.
    """
    if who.user_id is None:
        raise Forbidden("not_signed_in")
    (email,) = await _row(outside, EMAIL, who.user_id)
    return await prove(outside, who, {**given, "email": email}, codes="code" in given)
