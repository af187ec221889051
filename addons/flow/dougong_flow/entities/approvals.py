"""Approvals: nodes in their order, and the tasks of those who vote in them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, link
from dougong_flow.entities.checklists import ChecklistStep
from dougong_flow.entities.definitions import DefinitionVersion


class ApprovalState(StrEnum):
    """Whether it is still being decided, and how it was."""

    RUNNING = "RUNNING"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class NodeOutcome(StrEnum):
    """How a node ended."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"


class NodeDecidedBy(StrEnum):
    """What decided a node: votes, the rule `auto`, that nobody was there, or that time was up."""

    VOTES = "VOTES"
    RULE = "RULE"
    NOBODY = "NOBODY"
    TIME_OUT = "TIME_OUT"


class ApprovalTaskKind(StrEnum):
    """What a task asks for; only votes count."""

    VOTE = "VOTE"
    OPINION = "OPINION"
    ADVICE = "ADVICE"
    COPY = "COPY"


class ApprovalTaskState(StrEnum):
    """Whether a task can be done, or is done."""

    WAITING = "WAITING"
    OPEN = "OPEN"
    DECIDED = "DECIDED"
    RETURNED = "RETURNED"
    TRANSFERRED = "TRANSFERRED"
    CANCELLED = "CANCELLED"


class Decision(StrEnum):
    """What somebody says."""

    YES = "YES"
    NO = "NO"


class SignerPlace(StrEnum):
    """When an added signer signs: before whoever added them, after, or beside."""

    BEFORE = "BEFORE"
    AFTER = "AFTER"
    PARALLEL = "PARALLEL"


class ResumeFrom(StrEnum):
    """Where it goes on after a return: through all nodes again, or where it was returned."""

    FROM_START = "FROM_START"
    BACK_TO_RETURNER = "BACK_TO_RETURNER"


class Approval(Entity, by_hand=False):
    """Something that several people decide on, node by node, as a definition says."""

    __table_args__ = (
        CheckConstraint("jsonb_typeof(content) = 'object'", name="content"),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint(
            "state in ('RUNNING', 'RETURNED') or ended_at is not null", name="ended_at"
        ),
        Index(
            "uq_approval_of_step",
            "step_id",
            unique=True,
            postgresql_where=text("state in ('RUNNING', 'RETURNED')"),
        ),
    )

    definition_version: Mapped[DefinitionVersion] = link()
    """The version that says how it is decided; it stays with it."""
    key: Mapped[str]
    """The key of the definition's step that says how it is decided."""
    name: Mapped[str]
    """The name of that step."""
    step: Mapped[ChecklistStep | None] = link(default=None, reverse="approvals")
    """The step of a checklist that it completes."""
    step_round: Mapped[int] = mapped_column(default=1)
    """Which time that the step is done."""
    about: Mapped[str]
    """What is decided on."""
    record: Mapped[str | None] = mapped_column(default=None, index=True)
    """The record that is decided on, by the id that the API shows: of whatever entity."""
    content: Mapped[dict[str, Any]]
    """The facts that are decided on."""
    content_hash: Mapped[str]
    """The SHA-256 of those facts that may not change while it is returned."""
    initiator: Mapped[User] = link(reverse="initiatedApprovals")
    """Who asks for it."""
    asked_by: Mapped[User | None] = link(default=None, reverse="-")
    """Who asked in the initiator's name, where it was delegated."""
    state: Mapped[ApprovalState] = mapped_column(
        default=ApprovalState.RUNNING, init=False, index=True
    )
    """Whether it is still being decided, and how it was."""
    round: Mapped[int] = mapped_column(default=1, init=False)
    """How often it was returned, and one."""
    opened_at: Mapped[datetime]
    """When it was asked for."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was decided or withdrawn."""
    returned_from: Mapped[str | None] = mapped_column(default=None, init=False)
    """The key of the node that returned it, until it goes on there or from the start."""
    returned_to: Mapped[str | None] = mapped_column(default=None, init=False)
    """The key of the node to which it was returned; none: the initiator."""
    resume: Mapped[ResumeFrom | None] = mapped_column(default=None, init=False)
    """Where it goes on after that."""


class ApprovalNode(Entity, by_hand=False):
    """One node of an approval in one round: those who vote at the same time, or in their order."""

    __held_by__ = "approval"
    __table_args__ = (
        CheckConstraint("(outcome is null) = (ended_at is null)", name="ended_at"),
        Index(
            "uq_approval_node_open",
            "approval_id",
            unique=True,
            postgresql_where=text("outcome is null"),
        ),
        Index(
            "ix_approval_node_times_out_at",
            "times_out_at",
            postgresql_where=text("outcome is null and times_out_at is not null"),
        ),
    )

    approval: Mapped[Approval] = link(reverse="nodes")
    """The approval that it is part of."""
    key: Mapped[str]
    """Its key in the definition."""
    name: Mapped[str]
    """Its name in the definition."""
    place: Mapped[int]
    """Which of the definition's nodes it is, counted from 0."""
    round: Mapped[int]
    """In which round of the approval."""
    opened_at: Mapped[datetime]
    """When it was its turn."""
    times_out_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it is decided without those who have not voted."""
    outcome: Mapped[NodeOutcome | None] = mapped_column(default=None, init=False)
    """How it ended."""
    decided_by: Mapped[NodeDecidedBy | None] = mapped_column(default=None, init=False)
    """What decided it."""
    decided_as: Mapped[str | None] = mapped_column(default=None, init=False)
    """Who stands for the decision where nobody voted: `system:rule`, `system:time_out`."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it ended."""


class ApprovalTask(Entity, by_hand=False):
    """What somebody is to decide, or was told of; the tasks of one seat have one vote together."""

    __held_by__ = "approval"
    __table_args__ = (
        CheckConstraint("assignee_id is not null or role is not null", name="assignee"),
        CheckConstraint(
            "state <> 'DECIDED' or kind = 'COPY'"
            " or (decision is not null and decided_by_id is not null)",
            name="decided",
        ),
        CheckConstraint("(overridden_by_id is null) = (deviation is null)", name="deviation"),
        Index(
            "uq_approval_task_seat",
            "node_id",
            "assignee_id",
            unique=True,
            postgresql_where=text(
                "kind in ('VOTE', 'OPINION') and state in ('WAITING', 'OPEN', 'DECIDED')"
            ),
        ),
        Index(
            "ix_approval_task_mine", "assignee_id", "id", postgresql_where=text("state = 'OPEN'")
        ),
        Index(
            "ix_approval_task_pool",
            "role",
            "id",
            postgresql_where=text("state = 'OPEN' and assignee_id is null"),
        ),
        Index(
            "ix_approval_task_remind_at",
            "remind_at",
            postgresql_where=text("state = 'OPEN' and reminded_at is null"),
        ),
    )

    approval: Mapped[Approval] = link(reverse="tasks")
    """The approval that it is part of."""
    node: Mapped[ApprovalNode] = link(reverse="tasks")
    """The node that it is part of."""
    kind: Mapped[ApprovalTaskKind] = mapped_column(default=ApprovalTaskKind.VOTE)
    """What it asks for: a vote, an opinion for whoever delegated it, advice; or it is a copy."""
    seat: Mapped[int]
    """Which seat of the node it belongs to: whoever was added shares the seat of who added them."""
    assignee: Mapped[User | None] = link(default=None, reverse="approvalTasks")
    """Whose it is; of nobody yet where anybody in the role may claim it."""
    role: Mapped[str | None] = mapped_column(default=None)
    """The role whose holders may claim it."""
    unit: Mapped[Unit | None] = link(default=None, reverse="-")
    """The unit in which they hold it; everywhere where none is said."""
    state: Mapped[ApprovalTaskState] = mapped_column(default=ApprovalTaskState.WAITING, init=False)
    """Whether it can be done, or is done."""
    opened_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """Since when it can be done."""
    claimed_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was claimed."""
    due_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it is overdue."""
    remind_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the assignee is reminded."""
    reminded_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the assignee was reminded."""
    urged_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the initiator last asked for haste."""
    decision: Mapped[Decision | None] = mapped_column(default=None, init=False)
    """What was said."""
    comment: Mapped[str | None] = mapped_column(default=None, init=False)
    """What was said about it, or why it was returned or transferred."""
    decided_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who said it."""
    decided_for: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """In whose name, where it was delegated."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was done, or called off."""
    added_by: Mapped[User | None] = link(default=None, reverse="-")
    """Who added the signer, delegated the task or sent the copy."""
    added: Mapped[SignerPlace | None] = mapped_column(default=None)
    """When the added signer signs."""
    overridden_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who let somebody decide whose duties should be separate."""
    deviation: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why."""
