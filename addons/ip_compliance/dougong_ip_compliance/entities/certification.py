"""Certification: who certifies, what is applied for, the certificate and its surveillance."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link, owned
from dougong_ip_compliance.entities.programs import ComplianceProgram
from dougong_ip_compliance.entities.standards import StandardEdition
from dougong_party import Party


class ApplicationState(StrEnum):
    """How far an application has come."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    STAGE1 = "STAGE1"
    STAGE2 = "STAGE2"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class CertificateState(StrEnum):
    """Whether a certificate counts."""

    VALID = "VALID"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class CertificationBody(Entity):
    """Somebody who certifies, and until when they are accredited for it."""

    __plural__ = "certificationBodies"

    party: Mapped[Party] = link(unique=True, reverse="certificationBodies")
    """Who."""
    accreditation: Mapped[str]
    """The number under which they are accredited."""
    accredited_until: Mapped[date | None] = mapped_column(default=None)
    """The last day of the accreditation."""


class CertificationApplication(Entity):
    """An application for a certificate, with its package (S4-116)."""

    __held_by__ = "program"

    program: Mapped[ComplianceProgram] = link(reverse="applications")
    """The programme."""
    body: Mapped[CertificationBody] = link(reverse="applications")
    """Who is asked to certify."""
    edition: Mapped[StandardEdition | None] = link(default=None, init=False, reverse="-")
    """The edition that is applied under: the programme's when it was submitted."""
    state: Mapped[ApplicationState] = mapped_column(
        default=ApplicationState.DRAFT, init=False, index=True
    )
    """How far it has come."""
    applied_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which it was submitted."""
    submitted_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who submitted it."""
    package_sha256: Mapped[str | None] = mapped_column(default=None, init=False)
    """The SHA-256 of its package, a file of it."""
    contents_sha256: Mapped[str | None] = mapped_column(default=None, init=False)
    """The SHA-256 of the list of what the package has."""
    outcome: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was refused or withdrawn."""


class Surveillance(Entity):
    """A yearly look of the certification body at what it has certified."""

    __table_args__ = (
        UniqueConstraint("certificate_id", "year"),
        CheckConstraint("due_on >= opens_on", name="due_on"),
        CheckConstraint("year between 1 and 3", name="year"),
        CheckConstraint("(done_on is null) = (passed is null)", name="passed"),
    )

    certificate: Mapped["ComplianceCertificate"] = link(default=None, on_delete="CASCADE")
    """The certificate."""
    year: Mapped[int]
    """In which year of the certificate."""
    opens_on: Mapped[date]
    """The first day on which it may be done: nine months after the last time."""
    due_on: Mapped[date]
    """The last day: twelve months after."""
    done_on: Mapped[date | None] = mapped_column(default=None)
    """When it was done."""
    passed: Mapped[bool | None] = mapped_column(default=None)
    """Whether it was passed."""


class ComplianceCertificate(Entity, searchable=("number",)):
    """A certificate that was granted, for three years, with its yearly surveillance."""

    __table_args__ = (
        CheckConstraint("valid_until > valid_from", name="valid_until"),
        CheckConstraint("valid_until <= valid_from + interval '3 years'", name="three_years"),
    )

    application: Mapped[CertificationApplication] = link(unique=True, reverse="certificates")
    """What it was granted upon."""
    number: Mapped[str] = mapped_column(unique=True)
    """Its number."""
    valid_from: Mapped[date]
    """The first day on which it counts."""
    valid_until: Mapped[date]
    """The last day."""
    state: Mapped[CertificateState] = mapped_column(
        default=CertificateState.VALID, init=False, index=True
    )
    """Whether it counts."""
    reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was suspended or withdrawn."""
    surveillances: Mapped[list[Surveillance]] = owned(default_factory=list)
    """When the certification body looks again."""
