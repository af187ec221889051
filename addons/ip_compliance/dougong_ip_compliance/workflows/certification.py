"""How an application goes until a certificate is granted, and what becomes of certificates."""

from datetime import date

from dougong import Context, Workflow
from dougong_ip_compliance.certificates import certify
from dougong_ip_compliance.entities import (
    ApplicationState,
    CertificateState,
    CertificationApplication,
    ComplianceCertificate,
)
from dougong_ip_compliance.permissions import MANAGE

application_workflow = Workflow(
    CertificationApplication,
    CertificationApplication.state,
    final=[ApplicationState.GRANTED, ApplicationState.REFUSED, ApplicationState.WITHDRAWN],
)
certificate_workflow = Workflow(
    ComplianceCertificate,
    ComplianceCertificate.state,
    final=[CertificateState.EXPIRED, CertificateState.WITHDRAWN],
)


@application_workflow.step(ApplicationState.DRAFT, to=ApplicationState.SUBMITTED, needs=MANAGE)
def submit(application: CertificationApplication, ctx: Context) -> None:
    """Apply to the certification body, with the package as it is (S4-116)."""
    application.edition = application.program.edition
    application.applied_on, application.submitted_by = ctx.now.date(), ctx.me


@application_workflow.step(ApplicationState.SUBMITTED, to=ApplicationState.STAGE1, needs=MANAGE)
def pass_documents(application: CertificationApplication, ctx: Context) -> None:
    """The body has audited the documents (stage 1)."""


@application_workflow.step(ApplicationState.STAGE1, to=ApplicationState.STAGE2, needs=MANAGE)
def pass_site(application: CertificationApplication, ctx: Context) -> None:
    """The body has audited on site (stage 2)."""


@application_workflow.step(ApplicationState.STAGE2, to=ApplicationState.GRANTED, needs=MANAGE)
def grant(
    application: CertificationApplication,
    ctx: Context,
    *,
    number: str,
    valid_from: date,
    valid_until: date,
) -> None:
    """Record the certificate that was granted, with its yearly surveillance.

    number: Its number.
    valid_from: The first day on which it counts.
    valid_until: The last day, three years later at most.
    """
    certify(application, number, (valid_from, valid_until), ctx)


@application_workflow.step(
    *(ApplicationState.SUBMITTED, ApplicationState.STAGE1, ApplicationState.STAGE2),
    to=ApplicationState.REFUSED,
    needs=MANAGE,
    reason=True,
)
def refuse(application: CertificationApplication, ctx: Context, *, reason: str) -> None:
    """The body does not certify; say why."""
    application.outcome = reason


@application_workflow.step(
    *(ApplicationState.DRAFT, ApplicationState.SUBMITTED),
    *(ApplicationState.STAGE1, ApplicationState.STAGE2),
    to=ApplicationState.WITHDRAWN,
    needs=MANAGE,
    reason=True,
)
def withdraw(application: CertificationApplication, ctx: Context, *, reason: str) -> None:
    """Take the application back; say why."""
    application.outcome = reason


# Certificates -------------------------------------------------------------------------------


@certificate_workflow.step(CertificateState.VALID, to=CertificateState.SUSPENDED, needs=MANAGE)
def suspend(certificate: ComplianceCertificate, ctx: Context, *, reason: str) -> None:
    """The body has suspended it; say why."""
    certificate.reason = reason


@certificate_workflow.step(CertificateState.SUSPENDED, to=CertificateState.VALID, needs=MANAGE)
def reinstate(certificate: ComplianceCertificate, ctx: Context) -> None:
    """It counts again."""
    certificate.reason = None


@certificate_workflow.step(
    *(CertificateState.VALID, CertificateState.SUSPENDED),
    to=CertificateState.EXPIRED,
    needs=MANAGE,
)
def expire(certificate: ComplianceCertificate, ctx: Context) -> None:
    """Its last day is over; done by itself."""


@certificate_workflow.step(
    *(CertificateState.VALID, CertificateState.SUSPENDED),
    to=CertificateState.WITHDRAWN,
    needs=MANAGE,
    reason=True,
)
def revoke(certificate: ComplianceCertificate, ctx: Context, *, reason: str) -> None:
    """The body has withdrawn it; say why."""
    certificate.reason = reason
