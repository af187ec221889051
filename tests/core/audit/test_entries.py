"""What the audit has of every way in which rows are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from audited import Audited
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from dougong.access.context import Context
from dougong.builtin.organisation.entities import RoleAssignment
from dougong.builtin.organisation.roles import give_to_role
from dougong_crm import Lead
from dougong_crm.workflows import qualify, win
from dougong_sales_order.with_crm.actions import open_order


def ann(ctx: Context) -> Lead:
    return ctx.create(Lead(name="Ann", email="ann@example.com"))


def fails(ctx: Context) -> None:
    with ctx.attempt():
        ann(ctx)
        raise ZeroDivisionError


def test_a_record_that_is_created_is_told_with_its_values_and_by_whom(
    audited: Callable[..., Audited],
) -> None:
    company = audited("crm")

    (one,) = company.by(ann)

    assert (one["entity"], one["record_id"], one["what"]) == ("crm.lead", 1, "CREATED")
    assert one["changes"] == {
        "name": "Ann",
        "email": "ann@example.com",
        "stage": "NEW",
        "owner_id": company.ada.user_id,
    }
    assert one["by"] == {
        "user": company.ada.user_id,
        "label": "Ada",
        "addon": "crm",
        "verb": "crm.lead.create",
    }


def test_a_change_is_told_from_what_to_what_without_what_did_not_change(
    audited: Callable[..., Audited],
) -> None:
    company = audited("crm")
    company.do(ann)

    (one,) = company.by(lambda ctx: Lead.update(ctx.get(Lead, 1), ctx, name="Anna"))

    assert one["what"] == "UPDATED"
    assert one["changes"] == {"name": ["Ann", "Anna"]}
    assert one["by"]["verb"] == "crm.lead.update"


def test_a_step_is_told_by_its_name(audited: Callable[..., Audited]) -> None:
    company = audited("crm")
    company.do(ann)

    (one,) = company.by(lambda ctx: qualify(ctx.get(Lead, 1), ctx))

    assert one["changes"] == {"stage": ["NEW", "QUALIFIED"]}
    assert one["by"]["verb"] == "crm.qualify"


def test_a_record_that_is_deleted_is_told_with_its_last_values(
    audited: Callable[..., Audited],
) -> None:
    company = audited("crm")
    company.do(ann)

    (one,) = company.by(lambda ctx: ctx.delete(ctx.get(Lead, 1)))

    assert (one["what"], one["changes"]["name"]) == ("DELETED", "Ann")


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (insert(Lead.__table__).values(name="Bob"), ["CREATED"]),
        (update(Lead).values(name="Everybody"), ["UPDATED", "UPDATED"]),
        (update(Lead).values(name=Lead.name), []),
        (delete(Lead), ["DELETED", "DELETED"]),
        (text("truncate crm.lead cascade"), ["DELETED", "DELETED"]),
        (text("update crm.lead set id = -id where id = 1"), ["CREATED", "DELETED"]),
    ],
)
def test_statements_over_many_rows_do_not_go_past_it(
    audited: Callable[..., Audited], statement: Any, what: list[str]
) -> None:
    company = audited("crm")
    company.do(ann)
    company.do(ann)

    found = company.by(lambda ctx: ctx.session.execute(statement))

    assert sorted(one["what"] for one in found) == what
    assert {one["by"]["label"] for one in found} <= {"Ada"}


def test_sql_by_hand_is_told_with_the_databases_user_and_program(
    audited: Callable[..., Audited],
) -> None:
    company = audited("crm")
    company.do(ann)
    before = company.last()

    company.run("update crm.lead set name = 'Mallory'")

    (one,) = company.since(before)
    assert one["changes"] == {"name": ["Ann", "Mallory"]}
    assert set(one["by"]) == {"label", "program"}


def test_what_is_rolled_back_to_a_savepoint_does_not_blame_the_wrong_code(
    audited: Callable[..., Audited],
) -> None:
    company = audited("crm")

    def work(ctx: Context) -> None:
        with pytest.raises(ZeroDivisionError):
            fails(ctx)
        ctx.session.execute(insert(Lead.__table__).values(name="Bob"))

    (one,) = company.by(work)

    assert one["changes"]["name"] == "Bob"
    assert one["by"] == {"user": company.ada.user_id, "label": "Ada", "addon": "dougong"}


def test_fields_of_an_extension_are_changes_of_the_record_by_the_extender(
    audited: Callable[..., Audited],
) -> None:
    company = audited("crm", "sales_order")

    def won(ctx: Context) -> None:
        lead = ann(ctx)
        qualify(lead, ctx)
        win(lead, ctx)

    company.do(won)
    found = company.by(lambda ctx: open_order(ctx.get(Lead, 1), ctx))

    (one,) = [entry for entry in found if entry["part"] != "sales_order.sales_order"]
    assert one["part"] == "sales_order__crm.order_origin"
    assert (one["entity"], one["record_id"]) == ("sales_order.sales_order", 1)
    assert (one["what"], one["changes"]) == ("UPDATED", {"lead_id": [None, 1]})
    assert one["by"]["addon"] == "sales_order__crm"
    assert one["by"]["verb"] == "sales_order__crm.open_order"


def test_secrets_are_never_written(audited: Callable[..., Audited]) -> None:
    company = audited("crm")
    before = company.last()

    company.run(
        "insert into dougong.credential (user_id, password_hash) values (1, 'argon-one')",
        "update dougong.credential set password_hash = 'argon-two'",
        "insert into dougong.token (user_id, sha256, expires_at) values (1, 'abcdef', now())",
        "update dougong.token set last_used_at = now()",
    )

    made, changed, token = company.since(before)
    assert made["changes"] == {"user_id": 1}
    assert changed["changes"] == {"user_id": 1, "password_hash": []}
    assert token["entity"] == "dougong.token"
    said = str((made, changed, token))
    assert "argon" not in said
    assert "abcdef" not in said


def test_roles_that_are_given_and_changed_are_told(audited: Callable[..., Audited]) -> None:
    company = audited("crm")

    def work(ctx: Context) -> None:
        assert ctx.me is not None
        ctx.create(RoleAssignment(user=ctx.me, role="crm.seller"))
        give_to_role(ctx, role="crm.seller", item="dougong.manage_jobs")

    found = company.by(work)

    assert [(one["entity"], one["by"]["verb"]) for one in found] == [
        ("dougong.role_assignment", "dougong.role_assignment.create"),
        ("dougong.role_change", "dougong.give_to_role"),
    ]


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {}", "update {} set at = now()"])
def test_what_is_written_stays(audited: Callable[..., Audited], table: str, statement: str) -> None:
    company = audited("crm")

    with pytest.raises(DBAPIError, match="append-only"):
        company.run(statement.format(f"dougong.{table}"))
