"""What is sealed, and that nothing of it can be changed unnoticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from audited import Audited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from dougong.access.context import Context
from dougong.builtin.audit import sealing
from dougong.builtin.audit.sealing import seal_some
from dougong.builtin.audit.verifying import Verified, verify
from dougong_crm import Lead
from dougong_crm.workflows import qualify

TYPES = {
    "audit_entry": [
        "era",
        "xid",
        "id",
        "at",
        "entity",
        "part",
        "record_id",
        "what",
        "changes",
        "by",
    ],
    "event": [
        "era",
        "xid",
        "id",
        "at",
        "actor_id",
        "actor",
        "for_user_id",
        "addon",
        "verb",
        "entity",
        "record_id",
        "from_state",
        "to_state",
        "form",
        "role",
        "reason",
    ],
}


def ann(ctx: Context) -> Lead:
    return ctx.create(Lead(name="Ann", email="ann@example.com"))


def sealed(company: Audited) -> Verified:
    """Seal what there is, and verify it."""
    with company.engine.begin() as connection:
        seal_some(connection, 1)
    with company.engine.connect() as connection:
        return verify(connection)


def wholly_sealed(company: Audited) -> Verified:
    """The same once everything is sealed: any older transaction on the server holds that up."""
    until = time.monotonic() + 300
    while True:
        found = sealed(company)
        if not sum(found.unsealed.values()) or time.monotonic() > until:
            return found
        time.sleep(0.05)


@contextmanager
def tampered(company: Audited) -> Iterator[Connection]:
    """The database in the hands of somebody who stops at nothing; undone at the end."""
    with company.engine.connect() as connection, connection.begin() as all_of_it:
        connection.execute(text("set local session_replication_role = replica"))
        yield connection
        all_of_it.rollback()


@pytest.fixture
def company(audited: Callable[..., Audited]) -> Audited:
    """Leads that were made, changed, moved and removed, and sealed in two portions."""
    made = audited("crm")
    made.do(ann)
    wholly_sealed(made)
    made.do(ann)
    made.do(lambda ctx: Lead.update(ctx.get(Lead, 1), ctx, name="Anna"))
    made.do(lambda ctx: qualify(ctx.get(Lead, 1), ctx))
    made.do(lambda ctx: ctx.delete(ctx.get(Lead, 2)))
    wholly_sealed(made)
    return made


def test_what_was_not_touched_is_verified(company: Audited) -> None:
    found = wholly_sealed(company)

    assert found.broken is None
    assert found.seals > 2
    assert found.rows > 8
    assert dict(found.unsealed) == {"audit_entry": 0, "event": 0}


def test_what_is_not_sealed_yet_is_counted(company: Audited) -> None:
    company.do(ann)

    with company.engine.connect() as connection:
        found = verify(connection)

    assert dict(found.unsealed) == {"audit_entry": 1, "event": 1}


def other(value: Any, draw: Callable[[Any], Any]) -> Any:
    """Another value of the same type, as near to it as one byte."""
    if value is None:
        return draw(st.sampled_from(["0", "null"]))
    said = str(value)
    at = draw(st.integers(0, len(said) - 1))
    letter = draw(st.characters(codec="utf-8", exclude_characters="\0" + said[at]))
    return said[:at] + letter + said[at + 1 :]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_any_byte_of_any_column_of_any_row_is_named_that_was_altered(
    company: Audited, data: st.DataObject
) -> None:
    log = data.draw(st.sampled_from(sorted(TYPES)))
    column = data.draw(st.sampled_from(TYPES[log]))
    with tampered(company) as connection:
        numbers = list(connection.scalars(text(f"select id from dougong.{log} order by id")))
        number = data.draw(st.sampled_from(numbers))
        kind, before = connection.execute(
            text(
                f"select pg_typeof({column})::text, {column}::text from dougong.{log} where id = :n"
            ),
            {"n": number},
        ).one()
        now = other(before, data.draw)
        changed = text(
            f"update dougong.{log} set {column} = cast(cast(:now as text) as {kind}) "
            f"where id = :n and {column}::text is distinct from "
            f"cast(cast(:now as text) as {kind})::text returning {column}::text"
        )
        try:
            with connection.begin_nested():
                done = connection.execute(changed, {"now": now, "n": number}).first()
        except Exception:  # noqa: BLE001 - it is no value of that type, or would be there twice
            done = None
        broken = verify(connection).broken

    if done is None:
        assert broken is None
    else:
        assert broken is not None
        assert broken.log == log
        assert broken.id in (number, int(done[0]) if column == "id" else number)


@pytest.mark.parametrize("log", sorted(TYPES))
def test_a_row_that_was_removed_is_named(company: Audited, log: str) -> None:
    with tampered(company) as connection:
        numbers = list(connection.scalars(text(f"select id from dougong.{log}")))
        for number in numbers:
            with connection.begin_nested() as undone:
                connection.execute(text(f"delete from dougong.{log} where id = {number}"))
                broken = verify(connection).broken
                undone.rollback()
            assert broken is not None
            assert (broken.log, broken.id, broken.how) == (log, number, "REMOVED")


def test_a_row_that_was_inserted_among_those_that_are_sealed_is_named(company: Audited) -> None:
    with tampered(company) as connection:
        connection.execute(
            text(
                "insert into dougong.audit_entry (xid, entity, part, what, changes, by) "
                "select min(xid), 'crm.lead', 'crm.lead', 'DELETED', '{}', '{}' "
                "from dougong.audit_entry"
            )
        )
        broken = verify(connection).broken

    assert broken is not None
    assert broken.how == "INSERTED"


def test_two_rows_that_were_exchanged_are_noticed(company: Audited) -> None:
    with tampered(company) as connection:
        first, last = connection.execute(
            text("select min(id), max(id) from dougong.audit_entry")
        ).one()
        connection.execute(
            text(
                "update dougong.audit_entry a set entity = b.entity, what = b.what, "
                "changes = b.changes, by = b.by, part = b.part, record_id = b.record_id "
                f"from dougong.audit_entry b where (a.id, b.id) in (({first}, {last}), "
                f"({last}, {first}))"
            )
        )
        broken = verify(connection).broken

    assert broken is not None
    assert (broken.id, broken.how) == (first, "ALTERED")


@pytest.mark.parametrize(
    "statement",
    [
        "update dougong.audit_seal set hashes[1] = sha256('x') where number = 2",
        "update dougong.audit_seal set ids[1] = ids[1] + 1 where number = 2",
        "update dougong.audit_seal set at = at + interval '1 microsecond' where number = 2",
        "update dougong.audit_seal set last_id = last_id + 1 where number = 2",
        "update dougong.audit_seal set previous = sha256('x') where number = 2",
        "update dougong.audit_seal set hash = sha256('x') where number = 2",
        "delete from dougong.audit_seal where number = 2",
    ],
)
def test_a_seal_that_was_changed_is_named(company: Audited, statement: str) -> None:
    with tampered(company) as connection:
        connection.execute(text(statement))
        broken = verify(connection).broken

    assert broken is not None
    assert (broken.seal, broken.id) == (2, None)


def test_the_end_of_the_chain_cut_off_is_noticed_by_who_kept_its_head(company: Audited) -> None:
    head = wholly_sealed(company).head

    with tampered(company) as connection:
        for log in TYPES:
            connection.execute(
                text(
                    f"delete from dougong.{log} l using dougong.audit_seal s where s.log = '{log}' "
                    "and l.id = any(s.ids) and s.number > 1"
                )
            )
        connection.execute(text("delete from dougong.audit_seal where number > 1"))
        alone, with_head = verify(connection), verify(connection, head)

    assert alone.broken is None
    assert not with_head.found_head
    with company.engine.connect() as connection:
        assert verify(connection, head).found_head


def test_what_is_committed_late_is_sealed_with_its_transaction_and_not_before(
    company: Audited,
) -> None:
    with company.engine.connect() as early, early.begin():
        early.execute(text("insert into crm.lead (name, stage) values ('Early', 'NEW')"))
        company.do(ann)
        found = sealed(company)
        assert dict(found.unsealed) == {"audit_entry": 1, "event": 1}

    found = wholly_sealed(company)

    assert found.broken is None
    assert dict(found.unsealed) == {"audit_entry": 0, "event": 0}


def test_who_seals_at_the_same_time_makes_one_chain(company: Audited) -> None:
    for _ in range(20):
        company.do(ann)
    failed: list[BaseException] = []

    def seal() -> None:
        try:
            with company.engine.begin() as connection:
                seal_some(connection, 100)
        except BaseException as problem:  # noqa: BLE001 - told below
            failed.append(problem)

    threads = [threading.Thread(target=seal) for _ in range(4)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "PORTION", 7)
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        found = wholly_sealed(company)

    assert failed == []
    assert found.broken is None
    assert sum(found.unsealed.values()) == 0
