"""Documents of the system in versions, and the orders that issue them."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link, owned
from dougong_ip_compliance.entities.programs import ComplianceProgram


class DocumentKind(StrEnum):
    """What kind of document it is."""

    MANUAL = "MANUAL"
    PROCEDURE = "PROCEDURE"
    FORM = "FORM"
    EXTERNAL = "EXTERNAL"


class Secrecy(StrEnum):
    """Who may read a document."""

    OPEN = "OPEN"
    INTERNAL = "INTERNAL"
    CONFIDENTIAL = "CONFIDENTIAL"


class DocumentState(StrEnum):
    """How far a version of a document has come."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    REVIEWED = "REVIEWED"
    APPROVED = "APPROVED"
    ISSUED = "ISSUED"
    OBSOLETE = "OBSOLETE"


class ConfidentialDisclosure(Entity):
    """That a confidential document is shown to somebody who advises its programme."""

    __table_args__ = (UniqueConstraint("document_id", "user_id"),)

    document: Mapped["SystemDocument"] = link(default=None, on_delete="CASCADE")
    """The document."""
    user: Mapped[User] = link(reverse="-")
    """The advisor who may read it."""
    why: Mapped[str]
    """What for, or under which agreement."""


class SystemDocument(Entity, searchable=("number", "title")):
    """A document of the system, whatever its versions say: the manual, a procedure, a form."""

    __held_by__ = "program"
    __table_args__ = (CheckConstraint("review_months between 1 and 120", name="review_months"),)

    program: Mapped[ComplianceProgram] = link(reverse="documents")
    """The programme."""
    number: Mapped[str] = mapped_column(unique=True)
    """Its number, such as IP-M-01."""
    title: Mapped[str]
    """What it is called."""
    kind: Mapped[DocumentKind]
    """What kind of document it is."""
    secrecy: Mapped[Secrecy] = mapped_column(default=Secrecy.INTERNAL)
    """Who may read it; people of the units read no confidential ones."""
    review_months: Mapped[int] = mapped_column(default=12)
    """After how many months somebody looks whether it is still right."""
    disclosures: Mapped[list[ConfidentialDisclosure]] = owned(default_factory=list)
    """To which advisors it is shown, where it is confidential."""


class IssueOrder(Entity, by_hand=False):
    """An order of the top management by which documents are issued; it stays (S4-111)."""

    __table_args__ = (UniqueConstraint("program_id", "number"),)

    program: Mapped[ComplianceProgram] = link(reverse="issueOrders")
    """The programme."""
    number: Mapped[str]
    """The number of the order."""
    title: Mapped[str]
    """What is ordered."""
    issued_on: Mapped[date]
    """The day from which the documents hold, and the system is in operation."""
    issued_by: Mapped[User | None] = link(reverse="-")
    """Who ordered it."""
    scope: Mapped[str]
    """The scope of the programme at that time."""


class SystemDocumentVersion(Entity):
    """A version of a document; its text is a file of it, or written here."""

    __held_by__ = "document"
    __table_args__ = (
        UniqueConstraint("document_id", "label"),
        Index(
            "uq_system_document_version_issued",
            "document_id",
            unique=True,
            postgresql_where=text("state = 'ISSUED'"),
        ),
        CheckConstraint("state <> 'ISSUED' or issue_order_id is not null", name="issue_order"),
    )

    document: Mapped[SystemDocument] = link(reverse="versions")
    """The document."""
    label: Mapped[str]
    """What the version is called, such as A/0."""
    text: Mapped[str | None] = mapped_column(default=None)
    """What it says, where it is not a file."""
    change_reason: Mapped[str | None] = mapped_column(default=None)
    """Why it is different from the one before."""
    state: Mapped[DocumentState] = mapped_column(
        default=DocumentState.DRAFT, init=False, index=True
    )
    """How far it has come."""
    author: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who wrote it."""
    reviewer: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who reviewed it."""
    approver: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who approved it."""
    send_back_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was last sent back."""
    issue_order: Mapped[IssueOrder | None] = link(default=None, init=False, reverse="versions")
    """The order that issued it."""
    obsolete_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """When another version took its place."""
