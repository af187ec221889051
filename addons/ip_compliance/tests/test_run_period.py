"""Since when operation counts, and from when on one may apply (vector 6)."""

from datetime import UTC, date, datetime

from dougong_ip_compliance.actions.programs import issue_documents
from dougong_ip_compliance.entities import ComplianceProgram, StandardEdition
from dougong_ip_compliance.run_period import began, too_short


def test_vector_6_three_calendar_months_from_30_november_end_on_28_february(company):
    company.until("operate")
    company.act("boss", lambda ctx: None)
    company.now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    company.move_orders(days=0)

    def refusals(ctx):
        return [one.params["until"] for one in too_short(company.program(ctx), ctx)]

    company.now = datetime(2027, 2, 27, 12, tzinfo=UTC)
    assert company.act("manager", refusals) == [date(2027, 2, 28)]
    company.now = datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert company.act("manager", refusals) == []


def test_vector_6_what_is_issued_anew_begins_it_anew_for_another_scope_only():
    first, second, third = date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 1)
    orders = [(first, "All"), (second, "All"), (third, "Wheels")]

    assert began(orders[:2], restarts=True) == first
    assert began(orders, restarts=True) == third
    assert began(orders, restarts=False) == first
    assert began([], restarts=True) is None


def test_vector_6_the_first_order_waits_for_its_step_and_another_scope_counts_anew(company):
    company.until("write")
    company.ready_to_write()
    program = company.last(ComplianceProgram)
    order = {"number": "0", "title": "Early"}
    early = company.codes("top_manager", "issueDocuments", program, **order)
    assert early == ["issued_too_early"]
    company.complete("write")
    company.ready_to_issue()
    company.complete("issue")
    company.later(days=100)

    def issue(number):
        company.act(
            "top_manager",
            lambda ctx: issue_documents(company.program(ctx), ctx, number=number, title="Anew"),
        )

    company.ready_to_write("A/1")
    issue("2")
    company.record("4.1", "4.2")
    company.now = datetime.now(UTC)
    assert company.act("manager", lambda ctx: list(too_short(company.program(ctx), ctx))) == []

    wider = {"scope": "Everything, and the new works"}
    assert company.codes("manager", "updateComplianceProgram", program, patch=wider) == []
    assert company.completes("operate") == ["scope_not_issued"]
    company.ready_to_write("A/2")
    issue("3")
    assert company.completes("operate") == ["run_period", "clauses_without_record"]


def test_vector_6_the_edition_counts_that_is_valid_on_the_day_of_the_application(company):
    company.until("apply")
    company.packed()
    end = company.now.date()

    def ends_today(ctx):
        edition = company.program(ctx).edition
        StandardEdition.update(edition, ctx, apply_until=end)

    company.act("manager", ends_today)
    company.later(days=1)
    from dougong_ip_compliance.applying import before_applying

    def codes(ctx):
        return [one.code for one in before_applying(company.program(ctx), ctx)]

    assert company.act("manager", codes) == ["edition_no_longer"]
    edition = company.act("boss", lambda ctx: company.program(ctx).edition)
    later = {"applyUntil": "2099-01-01"}
    refused = company.codes("manager", "updateStandardEdition", edition, patch=later)
    assert refused == ["edition_is_fixed"]
    clause = company.act("boss", company.clauses)[0]
    for patch, codes_ in (({"isHeading": True}, refused), ({"title": "Anew"}, [])):
        assert company.codes("manager", "updateClause", clause, patch=patch) == codes_
    company.later(days=-1)
    assert company.act("manager", codes) == []


def test_what_a_programme_is_measured_by_is_fixed_once_it_is_started(company):
    company.started()
    program = company.last(ComplianceProgram)

    refused = company.codes("manager", "updateComplianceProgram", program, patch={"runMonths": 1})

    assert refused == ["fixed_once_started"]
    assert company.codes("manager", "updateComplianceProgram", program, patch={"name": "X"}) == []
    assert company.codes("manager", "deleteComplianceProgram", program) == ["program_was_started"]
    assert company.codes("manager", "cancelComplianceProgram", program, reason="No money") == []
    late = {
        "program": company.id_of(program),
        "number": "IP-M-02",
        "title": "Manual",
        "kind": "MANUAL",
    }
    assert company.codes("manager", "createSystemDocument", input=late) == ["program_is_over"]
