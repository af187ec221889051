"""The package opens and its hashes verify; a certificate is granted, watched and expires."""

import hashlib
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

from dougong import File, Money, attach, open_file
from dougong_ip_compliance.entities import (
    AssetKind,
    CertificateState,
    CertificationApplication,
    ComplianceCertificate,
    ComplianceReminder,
    IpAsset,
    IpFee,
    OperationRecord,
    ProgramState,
    Surveillance,
)
from dougong_ip_compliance.jobs import due
from dougong_ip_compliance.jobs.due import quarter_before
from dougong_ip_compliance.workflows.assets import abandon


def package_of(company):
    """The ZIP that was made last, opened."""
    application = company.last(CertificationApplication)
    mine = File.record == company.id_of(application)
    file = company.act("boss", lambda ctx: ctx.find(File, mine))[-1]
    with open_file(file) as opened:
        said = opened.read()
    assert hashlib.sha256(said).hexdigest() == application.package_sha256 == file.sha256
    return zipfile.ZipFile(io.BytesIO(said))


def test_the_package_opens_its_hashes_verify_and_a_certificate_is_granted_and_expires(company):
    company.until("apply")

    def proved(ctx):
        record = ctx.find(OperationRecord)[0]
        attach(ctx, record, "search.txt", "text/plain", [b"Nothing found"])

    company.act("unit_contact", proved)
    company.ready_to_apply()
    with package_of(company) as package:
        assert package.testzip() is None
        names = set(package.namelist()) - {"SHA256SUMS"}
        lines = package.read("SHA256SUMS").decode().splitlines()
        listed = {line.split("  ")[1]: line.split("  ")[0] for line in lines}
        assert set(listed) == names
        for name, sha256 in listed.items():
            assert hashlib.sha256(package.read(name)).hexdigest() == sha256
        assert {name.split("/")[0] for name in names if "/" in name} == {"records", "diagnosis"}
        assert b"Do it well" in package.read("documents.json")

    application = company.last(CertificationApplication)
    file = company.act(
        "boss", lambda ctx: ctx.find(File, File.record == company.id_of(application))
    )[-1]
    assert company.codes("manager", "removeFile", file) == ["file_is_kept"]
    for step in ("passDocuments", "passSite"):
        assert company.codes("manager", f"{step}CertificationApplication", application) == []
    said = {"number": "C-1", "validFrom": "2026-01-31"}
    grant = "grantCertificationApplication"
    late = company.codes("manager", grant, application, **said, validUntil="2029-02-01")
    assert late == ["three_years"]
    assert company.codes("manager", grant, application, **said, validUntil="2029-01-31") == []
    found = company.act("boss", lambda ctx: ctx.find(Surveillance))
    assert [(one.opens_on, one.due_on) for one in found] == [
        (date(2026, 10, 31), date(2027, 1, 31)),
        (date(2027, 10, 31), date(2028, 1, 31)),
    ]
    certificate = company.last(ComplianceCertificate)
    early = company.codes("manager", "expireComplianceCertificate", certificate)
    assert early == ["still_valid"]

    company.now = datetime(2026, 11, 1, tzinfo=UTC)
    assert reminded(company, due.remind_of_certificates) == [("SURVEILLANCE", date(2027, 1, 31))]
    company.now = datetime(2029, 2, 1, tzinfo=UTC)
    company.act("boss", lambda ctx: job(due.end_what_is_over, ctx))
    assert company.last(ComplianceCertificate).state is CertificateState.EXPIRED


def job(one, ctx):
    """Do a job as its add-on."""
    with ctx.acting_as("ip_compliance"):
        one.rule(ctx)


def reminded(company, one):
    """What a job reminds of that it did not remind of before."""
    known = {each.id for each in company.act("boss", lambda ctx: ctx.find(ComplianceReminder))}
    for _ in range(2):  # a second time nothing is raised again
        company.act("boss", lambda ctx: job(one, ctx))
    found = company.act("boss", lambda ctx: ctx.find(ComplianceReminder))
    return [(each.kind.name, each.due_on) for each in found if each.id not in known]


def test_jobs_remind_once_of_fees_records_documents_and_editions(company):
    company.until("operate")
    issued = company.now.date()

    def fee(ctx):
        fees = [
            IpFee(name="5", amount=Money(Decimal(900), "CNY"), due_on=issued, grace_until=issued),
            IpFee(name="6", amount=Money(Decimal(900), "CNY"), due_on=date(2099, 1, 1)),
        ]
        ctx.create(IpAsset(kind=AssetKind.PATENT, number="P9", title="Wheel", fees=fees))

    company.act("manager", fee)
    assert reminded(company, due.remind_of_fees) == [("FEE_DUE", issued)]
    parties = "{ parties { totalCount } complianceReminders { totalCount } }"
    seen = company.world.ask("{ parties { totalCount } }", company.who("viewer"))
    assert seen == {"parties": {"totalCount": 0}}  # one that certifies nobody yet
    assert company.world.ask(parties, company.who("manager"))["parties"]["totalCount"] == 1
    settled = company.codes("manager", "settleReminder", company.last(ComplianceReminder))
    assert settled == []
    assert reminded(company, due.remind_of_documents) == []

    def overdue(ctx):
        fee = {"name": "7", "amount": Money(Decimal(900), "CNY"), "due_on": issued}
        ctx.create(IpAsset(kind=AssetKind.PATENT, title="Late", fees=[IpFee(**fee)]))
        given_up = IpAsset(kind=AssetKind.PATENT, title="Gone", fees=[IpFee(**fee)])
        abandon(ctx.create(given_up), ctx, reason="Too dear")

    company.act("manager", overdue)
    company.later(days=400)
    assert reminded(company, due.remind_of_fees) == [("FEE_DUE", issued)] * 2
    first, last = quarter_before(company.now.date())
    gaps = reminded(company, due.remind_of_records)
    assert [kind for kind, _ in gaps] == ["RECORD_GAP"] * 2
    assert first < last < gaps[0][1]
    assert [kind for kind, _ in reminded(company, due.remind_of_documents)] == ["DOCUMENT_REVIEW"]


def test_the_reports_say_how_a_programme_stands(company):
    company.until("build")
    company.entered()
    asked = """{
      complianceProgress { program state steps over }
      statementOfApplicability { clause applicable status }
      clausesWithoutRecords { clause lastOn }
      openFindings { grade } feesDue { title amount currency } }"""
    company.act(
        "manager",
        lambda ctx: ctx.create(
            IpAsset(
                kind=AssetKind.PATENT,
                title="Wheel",
                fees=[IpFee(name="5", amount=Money(Decimal(900), "CNY"), due_on=date(2026, 1, 1))],
            )
        ),
    )

    said = company.world.ask(asked, company.who("manager"))

    assert said["complianceProgress"] == [
        {"program": "Certificate", "state": "RUNNING", "steps": 10, "over": 2},
        {"program": "Certificate", "state": ProgramState.PREPARED.name, "steps": 0, "over": 0},
    ]
    assert [one["status"] for one in said["statementOfApplicability"]] == ["KEPT", "NOT_KEPT"]
    assert said["clausesWithoutRecords"] == [
        {"clause": "4.1", "lastOn": None},
        {"clause": "4.2", "lastOn": None},
    ]
    assert said["feesDue"] == [{"title": "Wheel", "amount": "900.0000", "currency": "CNY"}]
    empty = company.world.ask(
        "{ complianceProgress { program } }", company.world.person("ip_compliance.viewer")
    )
    assert len(empty["complianceProgress"]) == 2
