"""How long the audit is kept, and that what is left of it is proven as before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from audited import Audited
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.builtin.audit import sealing
from dougong.builtin.audit.graphql import audit_retention
from dougong.builtin.audit.keeping import set_audit_retention
from dougong.builtin.audit.retention import carry_out_removals, decide
from dougong.builtin.audit.sealing import seal_some
from dougong.builtin.audit.verifying import Verified, verify
from dougong.cli import main
from dougong.errors import Forbidden, Refused
from dougong_crm import Lead

NOBODY = Principal(None, "job dougong.remove_old_audit", frozenset())
ENTRIES = "select count(*) from dougong.audit_entry where entity = 'crm.lead'"


def ann(ctx: Context) -> Lead:
    return ctx.create(Lead(name="Ann", email="ann@example.com"))


def seal(company: Audited) -> None:
    """Seal everything."""
    with company.engine.begin() as connection:
        seal_some(connection, 1)
    assert not sum(verified(company).unsealed.values())


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes to the database, whatever other transactions the server has."""
    all_of_it = sealing.SEAL.replace("pg_snapshot_xmin(", "pg_snapshot_xmax(")
    monkeypatch.setattr(sealing, "SEAL", all_of_it)


def verified(company: Audited) -> Verified:
    with company.engine.connect() as connection:
        return verify(connection)


def count(company: Audited, statement: str) -> int:
    with company.engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())


def keep(company: Audited, entity: str = "", kind: str = "", years: int | None = None) -> None:
    company.do(lambda ctx: set_audit_retention(ctx, entity=entity, kind=kind, years=years))


def decided(company: Audited) -> None:
    """Do the job that decides, of all seals."""
    last = 0
    while last := company.do(partial(decide, after=last), NOBODY):
        pass


def removed(company: Audited) -> None:
    """Do the job that removes."""
    company.do(lambda ctx: carry_out_removals.run(ctx, {}), NOBODY)


@pytest.fixture
def company(audited: Callable[..., Audited], monkeypatch: pytest.MonkeyPatch) -> Audited:
    """With a lead whose entries were sealed three years ago, and one of today."""
    made = audited("crm")
    made.do(ann)
    made.do(lambda ctx: Lead.update(ctx.get(Lead, 1), ctx, name="Anna"))
    with monkeypatch.context() as patch:
        long_ago = sealing.SEAL.replace(
            "clock_timestamp()", "clock_timestamp() - interval '3 years'"
        )
        patch.setattr(sealing, "SEAL", long_ago)
        seal(made)
    made.do(ann)
    seal(made)
    return made


@pytest.fixture
def shorter(company: Audited) -> Audited:
    """The same, after what is older than two years was removed."""
    keep(company, years=2)
    decided(company)
    seal(company)
    removed(company)
    return company


def test_what_is_older_is_removed_and_the_rest_is_proven(shorter: Audited) -> None:
    found = verified(shorter)

    assert found.broken is None
    assert found.removed >= 3  # people and roles of the beginning too
    assert count(shorter, ENTRIES) == 1
    said = CliRunner().invoke(main, ["verify", "--database", shorter.url])
    assert (said.exit_code, f"{found.removed} more were removed" in said.output) == (0, True)


def test_without_a_rule_nothing_is_removed(company: Audited) -> None:
    decided(company)
    seal(company)
    removed(company)

    assert count(company, ENTRIES) == 3
    assert count(company, "select count(*) from dougong.audit_removal") == 0


def test_nothing_is_removed_before_the_decision_is_sealed(company: Audited) -> None:
    keep(company, years=2)
    decided(company)

    removed(company)

    assert count(company, ENTRIES) == 3
    assert verified(company).broken is None
    seal(company)
    assert verified(company).broken is None  # decided, and not done yet
    removed(company)
    assert count(company, ENTRIES) == 1
    assert verified(company).broken is None
    removed(company)  # once, however often it is tried
    decided(company)
    assert count(company, "select count(*) from dougong.event where verb = 'dougong.remove_audit'") == 1  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ([("", "", 1), ("crm.lead", "", 0)], 3),
        ([("crm.lead", "", 1)], 1),
        ([("", "UPDATED", 1)], 2),
        ([("", "", 0), ("crm.lead", "CREATED", 2)], 2),
        ([("crm.lead", "", 4), ("", "UPDATED", 1)], 3),
        ([("crm.lead", "", 2), ("crm.lead", "", None)], 3),
    ],
)
def test_the_rule_holds_that_says_most_of_an_entry(
    company: Audited, rules: list[tuple[str, str, int | None]], left: int
) -> None:
    for entity, kind, years in rules:
        keep(company, entity, kind, years)

    decided(company)
    seal(company)
    removed(company)

    assert count(company, ENTRIES) == left
    assert verified(company).broken is None


def test_the_removal_and_the_rule_are_in_the_logs(shorter: Audited) -> None:
    with shorter.engine.connect() as connection:
        actor, form = connection.execute(
            text("select actor, form from dougong.event where verb = 'dougong.remove_audit'")
        ).one()
        rule = connection.execute(
            text("select changes from dougong.audit_entry where entity = 'dougong.audit_retention'")
        ).scalar_one()

    assert actor == NOBODY.label
    assert form["rows"] == verified(shorter).removed
    assert form["rules"] == [{"entity": "", "kind": "", "years": 2}]
    assert rule["years"] == 2


TAMPERED = {
    "an entry that is left": "update dougong.audit_entry set changes = changes || '{\"name\": \"Eve\"}' where entity = 'crm.lead'",
    "another entry is removed": "delete from dougong.audit_entry where entity = 'crm.lead'",
    "one more is decided": "update dougong.audit_removal set ids = ids || (select max(id) from dougong.audit_entry)",
    "one is decided no more": "update dougong.audit_removal set ids = ids[2:]",
    "a decision without an event": "insert into dougong.audit_removal select 999999, seal, ids from dougong.audit_removal limit 1",
    "an event of a decision": "update dougong.event set form = form || '{\"rows\": 1}' where verb = 'dougong.remove_audit'",
    "an event of a decision is removed": "delete from dougong.event where verb = 'dougong.remove_audit'",
    "what was decided is forgotten": "delete from dougong.audit_removal",
    "an entry comes back as another": "insert into dougong.audit_entry (era, xid, id, entity, part, record_id, what, changes, by) select 1, (select min(last_xid) from dougong.audit_seal where log = 'audit_entry'), ids[1], 'crm.lead', 'crm.lead', 1, 'CREATED', '{}', '{}' from dougong.audit_removal limit 1",
    "a seal": "update dougong.audit_seal set at = at - interval '1 year' where number = 1",
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_altered_afterwards_is_named(shorter: Audited, what: str) -> None:
    assert verified(shorter).broken is None

    with shorter.engine.connect() as connection, connection.begin() as all_of_it:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text(TAMPERED[what]))
        found = verify(connection)
        all_of_it.rollback()

    assert found.broken is not None
    assert str(found.broken).endswith(".")


FORGED = """
with seal as (select number, ids from dougong.audit_seal where log = 'audit_entry'
               order by number desc limit 1),
row as (insert into dougong.audit_removal (event, seal, ids)
        select 777777, number, ids from seal returning seal, ids)
insert into dougong.event (id, actor, addon, verb, form)
select 777777, 'Eve', 'dougong', 'dougong.remove_audit', jsonb_build_object('digest',
       encode(sha256(convert_to(jsonb_build_array(seal, ids)::text, 'UTF8')), 'hex')) from row
"""


def test_a_forged_decision_about_young_entries_is_named_even_once_it_is_sealed(
    company: Audited,
) -> None:
    company.run(FORGED)
    assert verified(company).broken is None  # nothing counts before it is sealed
    seal(company)

    broken = verified(company).broken

    assert broken is not None
    assert (broken.log, broken.id) == ("audit_removal", 777777)


def test_the_tables_let_go_of_nothing_else(shorter: Audited) -> None:
    for statement in (
        "delete from dougong.audit_entry",
        "delete from dougong.audit_removal",
        "update dougong.audit_removal set seal = 1",
        "truncate dougong.audit_entry",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            shorter.run(statement)
    for event in ("7", "1"):
        with pytest.raises(DBAPIError, match="loses only what was decided"):
            shorter.run(
                f"select set_config('dougong.removing', '{event}', true)",
                "delete from dougong.audit_entry where entity = 'crm.lead'",
            )


def test_only_who_may_says_how_long(company: Audited) -> None:
    somebody = Principal(None, "Bob", frozenset())

    with pytest.raises((Forbidden, Refused)):
        company.do(lambda ctx: set_audit_retention(ctx, years=1), somebody)
    keep(company, "crm.lead", years=7)
    rules = company.do(audit_retention.rule)
    assert [(one.entity, one.kind, one.years) for one in rules] == [("crm.lead", "", 7)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"entity": "Lead; drop", "years": 1}, "no_audited"),
        ({"kind": "GONE", "years": 1}, "no_audit_kind"),
        ({"years": 101}, "out_of_range"),
        ({"years": -1}, "out_of_range"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    company: Audited, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, match=code):
        company.do(lambda ctx: set_audit_retention(ctx, **given))
