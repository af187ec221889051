"""`dougong verify`, as an operator runs it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from audited import Audited
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from dougong.cli import main
from dougong.runtime import Runtime
from dougong.web import Serving, application
from dougong_crm import Lead


@pytest.fixture
def company(audited: Callable[..., Audited]) -> Audited:
    """With a lead."""
    made = audited("crm")
    made.do(lambda ctx: ctx.create(Lead(name="Ann")))
    return made


def verify(company: Audited, *options: str) -> Result:
    return CliRunner().invoke(main, ["verify", "--database", company.url, *options])


def seal(company: Audited) -> Result:
    """Seal, until everything is: any older transaction on the server holds that up."""
    until = time.monotonic() + 300
    while True:
        sealed = verify(company, "--seal")
        if "0 rows are not sealed yet." in sealed.output or time.monotonic() > until:
            return sealed
        time.sleep(0.05)


def test_it_tells_what_is_sealed_what_is_not_and_the_head(company: Audited) -> None:
    before, sealed = verify(company), seal(company)

    assert "0 rows are as 0 seals have them." in before.output
    assert before.exit_code == sealed.exit_code == 0
    assert "0 rows are not sealed yet." in sealed.output
    head = sealed.output.rpartition("Head: ")[2].strip()
    assert verify(company, "--head", head).exit_code == 0
    assert verify(company, "--head", head.upper()).exit_code == 0


def test_it_names_the_first_row_that_was_altered(company: Audited) -> None:
    seal(company)
    number = company.last()
    company.run(
        "alter table dougong.audit_entry disable trigger append_only",
        f"update dougong.audit_entry set what = 'UPDATED' where id = {number}",
    )

    said, as_json = verify(company), verify(company, "--json")

    assert said.exit_code == as_json.exit_code == 1
    assert f"row {number} of dougong.audit_entry was altered" in said.output
    assert json.loads(as_json.stdout)["broken"]["id"] == number


def test_a_head_that_is_not_in_the_chain_is_told(company: Audited) -> None:
    seal(company)

    found = verify(company, "--head", "ab" * 32)

    assert found.exit_code == 1
    assert "No seal has the hash abab" in found.output


def test_who_does_jobs_seals_by_itself(company: Audited) -> None:
    runtime = Runtime(company.engine, company.url)
    until = time.monotonic() + 300
    with TestClient(application(runtime, Serving(jobs=1))):
        while "Head:" not in verify(company).output:
            assert time.monotonic() < until
            time.sleep(0.1)
