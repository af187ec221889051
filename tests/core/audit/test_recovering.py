"""The audit goes with a backup, and stays true on a server whose transactions are counted anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from audited import Audited
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dougong.builtin.audit.sealing import begin_era, seal_some
from dougong.builtin.audit.verifying import Verified, verify
from dougong.builtin.backup.recovering import recover
from dougong.builtin.backup.writing import write_backup
from dougong.db.engine import open_database
from dougong.testing.databases import Databases
from dougong_crm import Lead

FAR = 10**12
"""A transaction's number that this server will not reach."""


def verified(company: Audited) -> Verified:
    with company.engine.connect() as connection:
        return verify(connection)


def seal_all(company: Audited) -> None:
    """Seal until everything is; any older transaction on the server holds that up."""
    until = time.monotonic() + 300
    while sum(verified(company).unsealed.values()):
        assert time.monotonic() < until, "something is never sealed"
        with company.engine.begin() as connection:
            seal_some(connection, 1)
        time.sleep(0.02)


def test_what_was_sealed_elsewhere_is_verified_here_and_what_follows_comes_after_it(
    audited: Callable[..., Audited], databases: Databases, tmp_path: Path
) -> None:
    there = audited("crm")
    there.do(lambda ctx: ctx.create(Lead(name="Ann")))
    there.run(
        "insert into dougong.audit_entry (xid, entity, part, what, changes, by) "
        f"values ({FAR}, 'crm.lead', 'crm.lead', 'CREATED', '{{}}', '{{}}')",
        f"insert into dougong.event (xid, actor, addon, verb) values ({FAR}, 'A', 'crm', 'crm.x')",
    )
    with there.engine.begin() as connection:
        begin_era(connection)
        seal_some(connection, 1)
    head = verified(there).head
    write_backup(there.engine, tmp_path / "home", tmp_path / "backup")
    url = databases.empty()
    engine = open_database(url, pool_size=None)

    recover(engine, tmp_path / "new", tmp_path / "backup")

    engine.dispose()
    here = Audited(url)
    here.do(lambda ctx: ctx.create(Lead(name="Bob")))
    seal_all(here)
    with here.engine.connect() as connection:
        found = verify(connection, head)
    here.close()
    assert found.broken is None
    assert found.found_head
    assert sum(found.unsealed.values()) == 0


def test_who_dies_while_sealing_has_sealed_nothing(audited: Callable[..., Audited]) -> None:
    company = audited("crm")
    company.do(lambda ctx: ctx.create(Lead(name="Ann")))
    with company.engine.connect() as dying:
        seal_some(dying, 1)
        number = dying.execute(text("select pg_backend_pid()")).scalar_one()
        company.run(f"select pg_terminate_backend({number})")
        with pytest.raises(DBAPIError):
            dying.commit()
        dying.invalidate()

    assert verified(company).seals == 0
    seal_all(company)
    assert verified(company).seals > 0
    assert verified(company).broken is None
