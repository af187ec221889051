"""Definitions: how something is to be done, in versions that are tried out before they hold."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, link, owned


class ServedParty(StrEnum):
    """Whom what is done serves."""

    EXTERNAL = "EXTERNAL"
    INTERNAL = "INTERNAL"


class Trigger(StrEnum):
    """What begins what is done."""

    CUSTOMER_NEED = "CUSTOMER_NEED"
    EVENT = "EVENT"
    DATE = "DATE"
    DECISION = "DECISION"


class VersionState(StrEnum):
    """How far a version has come, from a draft to what holds, and out again."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    TRIAL = "TRIAL"
    EFFECTIVE = "EFFECTIVE"
    SUPERSEDED = "SUPERSEDED"
    RETIRED = "RETIRED"


class ReasonKind(StrEnum):
    """What a change answers to: a problem, the business, or only how the document reads."""

    PROBLEM = "PROBLEM"
    BUSINESS = "BUSINESS"
    EDITORIAL = "EDITORIAL"


class DefinitionVersion(Entity):
    """One state of a definition; what it says does not change once it is no draft."""

    __table_args__ = (
        UniqueConstraint("definition_id", "major", "minor"),
        CheckConstraint("jsonb_typeof(body) = 'object'", name="body"),
        CheckConstraint("major > 0 and minor >= 0", name="major"),
        CheckConstraint(
            "(trial_from is null) = (trial_until is null)"
            " and trial_until >= trial_from + interval '6 months'"
            " and trial_until <= trial_from + interval '12 months'",
            name="trial_until",
        ),
        CheckConstraint("state <> 'TRIAL' or trial_from is not null", name="trial_from"),
        CheckConstraint("state in ('DRAFT') or content_hash is not null", name="content_hash"),
        *(
            Index(
                f"uq_definition_version_{name}{scope}",
                *columns,
                unique=True,
                postgresql_where=text(f"state = '{name.upper()}' and {where}"),
            )
            for name in ("effective", "trial")
            for scope, columns, where in (
                ("", ("definition_id",), "unit_id is null"),
                ("_in_unit", ("definition_id", "unit_id"), "unit_id is not null"),
            )
        ),
    )

    definition: Mapped["Definition"] = link(default=None, on_delete="CASCADE")
    """What it is a version of."""
    major: Mapped[int] = mapped_column(default=0, init=False)
    """Rises with every version that is reviewed."""
    minor: Mapped[int] = mapped_column(default=0, init=False)
    """Rises with every change during a trial."""
    unit: Mapped[Unit | None] = link(default=None)
    """Where it holds: in this unit and below; everywhere where none is said."""
    body: Mapped[dict[str, Any]]
    """What is to be done: the steps, as data."""
    follows: Mapped["DefinitionVersion | None"] = link(
        default=None, init=False, reverse="followedBy"
    )
    """The version that it was made from."""
    superseded_by: Mapped["DefinitionVersion | None"] = link(
        default=None, init=False, reverse="supersededVersions"
    )
    """The version that took its place."""
    change_reason: Mapped[str | None] = mapped_column(default=None)
    """Why it is different from the one before."""
    change_kind: Mapped[ReasonKind | None] = mapped_column(default=None)
    """What the change answers to."""
    change_source: Mapped[str | None] = mapped_column(default=None)
    """Where that is written down: a complaint, a finding, a decision."""
    state: Mapped[VersionState] = mapped_column(default=VersionState.DRAFT, init=False, index=True)
    """How far it has come."""
    content_hash: Mapped[str | None] = mapped_column(default=None, init=False)
    """The SHA-256 of what it says; since it was handed in, of what was handed in."""
    author: Mapped[User | None] = link(default=None, init=False, reverse="authoredVersions")
    """Who handed it in."""
    reviewer: Mapped[User | None] = link(default=None, init=False, reverse="reviewedVersions")
    """Who approved it."""
    send_back_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was last sent back."""
    trial_from: Mapped[date | None] = mapped_column(default=None, init=False)
    """The first day on which it is tried out."""
    trial_until: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which is decided whether it shall hold."""
    decision_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was decided that it holds, or does not hold any longer."""
    effective_from: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """Since when it holds."""
    effective_until: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """Until when it held."""


class Definition(Entity, searchable=("name", "key"), translatable=("name",)):
    """Something that is done again and again in the same way: a checklist's steps, in versions."""

    key: Mapped[str] = mapped_column(unique=True)
    """A name that no other definition has, and that stays: ip_compliance.program."""
    name: Mapped[str]
    """What people call it."""
    purpose: Mapped[str]
    """What it is for."""
    serves: Mapped[ServedParty]
    """Whether it serves customers or colleagues."""
    goals: Mapped[str | None] = mapped_column(default=None)
    """Which goals of the strategy or needs of the business it follows from."""
    value_for: Mapped[str | None] = mapped_column(default=None)
    """What those whom it serves get out of it."""
    success_metric: Mapped[str | None] = mapped_column(default=None)
    """The figure by which one sees that it succeeds, and how large it should be."""
    trigger: Mapped[Trigger | None] = mapped_column(default=None)
    """What it begins with: a customer's need, an event, a date or a decision."""
    owner: Mapped[User | None] = link(default=None)
    """Who answers for it."""
    proposed_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who proposed it, where that was no designer."""
    needs_reading: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether nobody completes a step before they have said that they read and understood the version."""
    needs_trial: Mapped[bool] = mapped_column(default=True)
    """Whether a version holds only after it was tried out."""
    shipped: Mapped[bool] = mapped_column(default=False, init=False)
    """Whether it came with an add-on, which may bring further versions."""
    versions: Mapped[list[DefinitionVersion]] = owned(default_factory=list)
    """What was drafted, tried out and held."""


class VersionReading(Entity, by_hand=False):
    """That somebody has read and understood a version, by their own word."""

    __table_args__ = (UniqueConstraint("definition_version_id", "user_id"),)

    definition_version: Mapped[DefinitionVersion] = link(on_delete="CASCADE", reverse="readings")
    """What was read."""
    user: Mapped[User] = link(reverse="versionReadings")
    """Who has read it."""
    read_at: Mapped[datetime]
    """When."""
