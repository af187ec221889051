"""What an application must have, and that certificates and rights go as they do."""

from typing import Any

from dougong import Context, Invalid, Refused, WrongState, before, guard
from dougong_ip_compliance.actions.programs import pack_application
from dougong_ip_compliance.applying import (
    not_accredited,
    open_majors,
    too_early,
)
from dougong_ip_compliance.entities import (
    ApplicationState,
    CertificationApplication,
    ComplianceCertificate,
    IpAsset,
)
from dougong_ip_compliance.hooks.programs import check_part, stays
from dougong_ip_compliance.package import contents_for
from dougong_ip_compliance.people import advises
from dougong_ip_compliance.ten_steps import missing_for_application
from dougong_ip_compliance.workflows.assets import enter_into_force
from dougong_ip_compliance.workflows.certification import expire, grant, submit


@before(CertificationApplication.create)
def draft_an_application(application: CertificationApplication, ctx: Context) -> None:
    """An application is one of a programme that goes on."""
    check_part(application.program, None, ctx)


@guard(CertificationApplication.update)
def change_draft_applications_only(
    application: CertificationApplication, ctx: Context
) -> Refused | None:
    """What was submitted stays."""
    return _submitted(application)


@guard(CertificationApplication.delete)
def delete_draft_applications_only(
    application: CertificationApplication, ctx: Context
) -> Refused | None:
    """What was submitted is withdrawn, not deleted."""
    return _submitted(application)


@before(CertificationApplication.update, form=True)
def keep_an_application_where_it_is(
    application: CertificationApplication, ctx: Context, **form: Any
) -> None:
    """It stays with its programme."""
    stays(application, form, "program")


@guard(pack_application)
def pack_drafts_only(application: CertificationApplication, ctx: Context) -> Refused | None:
    """What was submitted stays."""
    return _submitted(application)


@guard(submit, loads=(CertificationApplication.program,))
def submit_when_all_is_right(application: CertificationApplication, ctx: Context) -> Refused | None:
    """The steps before it are over, and all that is asked for holds today (S4-116)."""
    program = application.program
    ctx.lock(program)
    if early := list(too_early(program, ctx)):
        return early[0]  # what else is missing is told by the steps that are left
    faults = [*missing_for_application(program, ctx), *not_accredited(application.body, ctx)]
    if advice := advises(program, submit, application, ctx):
        faults.append(advice)
    if application.package_sha256 is None:
        faults.append(Refused("no_package"))
    return Refused.all(faults) if faults else None


@before(submit)
def submit_what_is_as_it_was_packed(application: CertificationApplication, ctx: Context) -> None:
    """The package says what holds now; too much is read for it to be told before anybody tries."""
    if application.contents_sha256 != contents_for(application, ctx).sha256:
        raise Refused("package_outdated")


@guard(grant)
def grant_without_major_findings(
    application: CertificationApplication, ctx: Context
) -> Refused | None:
    """A major finding of the body is put right first."""
    faults = list(open_majors(application.program, ctx))
    return Refused.all(faults) if faults else None


@guard(expire)
def expire_after_the_last_day(certificate: ComplianceCertificate, ctx: Context) -> Refused | None:
    """Before its last day a certificate is withdrawn, with a reason."""
    if certificate.valid_until < ctx.now.date():
        return None
    return Refused("still_valid", until=certificate.valid_until)


@before(enter_into_force, form=True)
def enter_into_force_by_today(asset: IpAsset, ctx: Context, **form: Any) -> None:
    """A right is in force from a day on that has come."""
    if form["on"] > ctx.now.date():
        raise Invalid("in_force_in_the_future", at="on", today=ctx.now.date())


def _submitted(application: CertificationApplication) -> Refused | None:
    if application.state is ApplicationState.DRAFT:
        return None
    return WrongState("application_is_fixed", state=application.state)
