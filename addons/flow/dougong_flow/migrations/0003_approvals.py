"""approvals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("definition_version_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column(
            "content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False
        ),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("initiator_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_from", sa.Text(), nullable=True),
        sa.Column("returned_to", sa.Text(), nullable=True),
        sa.Column("resume", sa.Text(), nullable=True),
        sa.CheckConstraint("jsonb_typeof(content) = 'object'", name=op.f("ck_approval_content")),
        sa.CheckConstraint(
            "resume IN ('FROM_START', 'BACK_TO_RETURNER')", name=op.f("ck_approval_resume")
        ),
        sa.CheckConstraint(
            "state IN ('RUNNING', 'RETURNED', 'APPROVED', 'REJECTED', 'WITHDRAWN')",
            name=op.f("ck_approval_state"),
        ),
        sa.CheckConstraint(
            "state in ('RUNNING', 'RETURNED') or ended_at is not null",
            name=op.f("ck_approval_ended_at"),
        ),
        sa.CheckConstraint("round > 0", name=op.f("ck_approval_round")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_asked_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["definition_version_id"],
            ["flow.definition_version.id"],
            name=op.f("fk_approval_definition_version_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["initiator_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_initiator_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["flow.checklist_step.id"],
            name=op.f("fk_approval_step_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_approval_definition_version_id"),
        "approval",
        ["definition_version_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_approval_initiator_id"), "approval", ["initiator_id"], unique=False, schema="flow"
    )
    op.create_index(op.f("ix_approval_state"), "approval", ["state"], unique=False, schema="flow")
    op.create_index(
        op.f("ix_approval_step_id"), "approval", ["step_id"], unique=False, schema="flow"
    )
    op.create_index(
        "uq_approval_of_step",
        "approval",
        ["step_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("state in ('RUNNING', 'RETURNED')"),
    )
    op.create_table(
        "approval_node",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approval_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decided_by IN ('VOTES', 'RULE', 'NOBODY', 'TIME_OUT')",
            name=op.f("ck_approval_node_decided_by"),
        ),
        sa.CheckConstraint(
            "outcome IN ('APPROVED', 'REJECTED', 'RETURNED', 'WITHDRAWN')",
            name=op.f("ck_approval_node_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome is null) = (ended_at is null)", name=op.f("ck_approval_node_ended_at")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["flow.approval.id"],
            name=op.f("fk_approval_node_approval_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_node_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_node_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_node")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_approval_node_approval_id"),
        "approval_node",
        ["approval_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        "ix_approval_node_times_out_at",
        "approval_node",
        ["times_out_at"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("outcome is null and times_out_at is not null"),
    )
    op.create_index(
        "uq_approval_node_open",
        "approval_node",
        ["approval_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("outcome is null"),
    )
    op.create_table(
        "approval_task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approval_id", sa.BigInteger(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_for_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("added", sa.Text(), nullable=True),
        sa.Column("overridden_by_id", sa.BigInteger(), nullable=True),
        sa.Column("deviation", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "added IN ('BEFORE', 'AFTER', 'PARALLEL')", name=op.f("ck_approval_task_added")
        ),
        sa.CheckConstraint("decision IN ('YES', 'NO')", name=op.f("ck_approval_task_decision")),
        sa.CheckConstraint(
            "kind IN ('VOTE', 'OPINION', 'ADVICE', 'COPY')", name=op.f("ck_approval_task_kind")
        ),
        sa.CheckConstraint(
            "state <> 'DECIDED' or kind = 'COPY' or (decision is not null and decided_by_id is not null)",
            name=op.f("ck_approval_task_decided"),
        ),
        sa.CheckConstraint(
            "state IN ('WAITING', 'OPEN', 'DECIDED', 'RETURNED', 'TRANSFERRED', 'CANCELLED')",
            name=op.f("ck_approval_task_state"),
        ),
        sa.CheckConstraint(
            "(overridden_by_id is null) = (deviation is null)",
            name=op.f("ck_approval_task_deviation"),
        ),
        sa.CheckConstraint(
            "assignee_id is not null or role is not null", name=op.f("ck_approval_task_assignee")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_task_added_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["flow.approval.id"],
            name=op.f("fk_approval_task_approval_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_task_assignee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_task_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_task_decided_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["decided_for_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_task_decided_for_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["flow.approval_node.id"],
            name=op.f("fk_approval_task_node_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["overridden_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_task_overridden_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_approval_task_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_approval_task_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_task")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_approval_task_approval_id"),
        "approval_task",
        ["approval_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_approval_task_assignee_id"),
        "approval_task",
        ["assignee_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        "ix_approval_task_mine",
        "approval_task",
        ["assignee_id", "id"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_index(
        op.f("ix_approval_task_node_id"), "approval_task", ["node_id"], unique=False, schema="flow"
    )
    op.create_index(
        "ix_approval_task_pool",
        "approval_task",
        ["role", "id"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("state = 'OPEN' and assignee_id is null"),
    )
    op.create_index(
        "ix_approval_task_remind_at",
        "approval_task",
        ["remind_at"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("state = 'OPEN' and reminded_at is null"),
    )
    op.create_index(
        "uq_approval_task_seat",
        "approval_task",
        ["node_id", "assignee_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text(
            "kind in ('VOTE', 'OPINION') and state in ('WAITING', 'OPEN', 'DECIDED')"
        ),
    )
