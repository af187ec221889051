"""Steps that nobody does, work items, recurring tasks, partners' links, records of any add-on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


DECIDED_AS = """
update flow.approval_node set decided_as = 'system:' || lower(decided_by)
where decided_by in ('RULE', 'TIME_OUT', 'NOBODY')
"""


def upgrade() -> None:
    op.create_table(
        "recurring_task",
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
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "period IN ('DAY', 'WEEK', 'MONTH')", name=op.f("ck_recurring_task_period")
        ),
        sa.CheckConstraint(
            "starts_on between date '1900-01-01' and date '2999-12-31'",
            name=op.f("ck_recurring_task_starts_on"),
        ),
        sa.CheckConstraint("due_days between 0 and 366", name=op.f("ck_recurring_task_due_days")),
        sa.CheckConstraint("every between 1 and 1000", name=op.f("ck_recurring_task_every")),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["dougong.user.id"],
            name=op.f("fk_recurring_task_assignee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_recurring_task_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_recurring_task_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_task")),
        sa.UniqueConstraint("key", name=op.f("uq_recurring_task_key")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_recurring_task_assignee_id"),
        "recurring_task",
        ["assignee_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        "ix_recurring_task_key_bigrams",
        "recurring_task",
        [sa.literal_column("dougong.bigrams(key)")],
        unique=False,
        schema="flow",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_recurring_task_name_bigrams",
        "recurring_task",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="flow",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_recurring_task_next_on"),
        "recurring_task",
        ["next_on"],
        unique=False,
        schema="flow",
    )
    op.create_table(
        "step_invitation",
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
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("step_round", sa.Integer(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "token_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_step_invitation_token_hash")
        ),
        sa.CheckConstraint(
            "used_at is null or withdrawn_at is null", name=op.f("ck_step_invitation_used_at")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_invitation_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_invitation_invited_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["flow.checklist_step.id"],
            name=op.f("fk_step_invitation_step_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_invitation_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_step_invitation_token_hash")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_step_invitation_step_id"),
        "step_invitation",
        ["step_id"],
        unique=False,
        schema="flow",
    )
    op.create_table(
        "work_item",
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
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("carry_over", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("alarm", sa.Text(), nullable=True),
        sa.Column("recurring_task_id", sa.BigInteger(), nullable=True),
        sa.Column("definition_version_id", sa.BigInteger(), nullable=True),
        sa.Column("roll_out", sa.Text(), nullable=True),
        sa.Column("raised_by_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'ALARM') = (alarm is not null)", name=op.f("ck_work_item_alarm_of_a_step")
        ),
        sa.CheckConstraint(
            "(kind = 'RECURRING') = (recurring_task_id is not null)",
            name=op.f("ck_work_item_recurring_task"),
        ),
        sa.CheckConstraint(
            "(kind = 'ROLL_OUT') = (definition_version_id is not null)",
            name=op.f("ck_work_item_definition_version"),
        ),
        sa.CheckConstraint(
            "(kind = 'ROLL_OUT') = (roll_out is not null)",
            name=op.f("ck_work_item_roll_out_of_what"),
        ),
        sa.CheckConstraint(
            "(kind in ('ISSUE', 'ALARM')) = (step_id is not null)", name=op.f("ck_work_item_step")
        ),
        sa.CheckConstraint("alarm IN ('NEVER_COMES', 'FAILED')", name=op.f("ck_work_item_alarm")),
        sa.CheckConstraint(
            "kind IN ('ISSUE', 'ALARM', 'RECURRING', 'ROLL_OUT')", name=op.f("ck_work_item_kind")
        ),
        sa.CheckConstraint(
            "roll_out IN ('ANNOUNCE', 'TRAIN', 'COLLECT')", name=op.f("ck_work_item_roll_out")
        ),
        sa.CheckConstraint(
            "state = 'OPEN' or ended_at is not null", name=op.f("ck_work_item_ended_at")
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'DONE', 'MISSED', 'DROPPED')", name=op.f("ck_work_item_state")
        ),
        sa.CheckConstraint("carry_over >= 0", name=op.f("ck_work_item_carry_over")),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["dougong.user.id"],
            name=op.f("fk_work_item_assignee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_work_item_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["definition_version_id"],
            ["flow.definition_version.id"],
            name=op.f("fk_work_item_definition_version_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_work_item_ended_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["raised_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_work_item_raised_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recurring_task_id"],
            ["flow.recurring_task.id"],
            name=op.f("fk_work_item_recurring_task_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["flow.checklist_step.id"],
            name=op.f("fk_work_item_step_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_work_item_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_item")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_work_item_assignee_id"), "work_item", ["assignee_id"], unique=False, schema="flow"
    )
    op.create_index(
        op.f("ix_work_item_definition_version_id"),
        "work_item",
        ["definition_version_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        "ix_work_item_mine",
        "work_item",
        ["assignee_id", "id"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_index(
        "ix_work_item_raised_by_id", "work_item", ["raised_by_id"], unique=False, schema="flow"
    )
    op.create_index(
        op.f("ix_work_item_recurring_task_id"),
        "work_item",
        ["recurring_task_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(op.f("ix_work_item_state"), "work_item", ["state"], unique=False, schema="flow")
    op.create_index(
        op.f("ix_work_item_step_id"), "work_item", ["step_id"], unique=False, schema="flow"
    )
    op.create_index(
        "uq_work_item_alarm_open",
        "work_item",
        ["step_id", "alarm"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("state = 'OPEN' and kind = 'ALARM'"),
    )
    op.create_index(
        "uq_work_item_recurring_open",
        "work_item",
        ["recurring_task_id"],
        unique=True,
        schema="flow",
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.add_column("approval", sa.Column("record", sa.Text(), nullable=True), schema="flow")
    op.create_index(op.f("ix_approval_record"), "approval", ["record"], unique=False, schema="flow")
    op.add_column("approval_node", sa.Column("decided_as", sa.Text(), nullable=True), schema="flow")
    op.add_column("checklist", sa.Column("record", sa.Text(), nullable=True), schema="flow")
    op.create_index(
        op.f("ix_checklist_record"), "checklist", ["record"], unique=False, schema="flow"
    )
    op.add_column(
        "checklist_step", sa.Column("completed_as", sa.Text(), nullable=True), schema="flow"
    )
    op.add_column(
        "checklist_step",
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        schema="flow",
    )
    op.add_column(
        "checklist_step",
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        schema="flow",
    )
    op.add_column("checklist_step", sa.Column("failure", sa.Text(), nullable=True), schema="flow")
    op.create_index(
        "ix_checklist_about",
        "checklist",
        ["about"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("record is null"),
    )
    op.add_column("checklist_step", sa.Column("awaits", sa.Text(), nullable=True), schema="flow")
    op.add_column(
        "checklist_step", sa.Column("awaits_record", sa.Text(), nullable=True), schema="flow"
    )
    op.add_column(
        "checklist_step", sa.Column("subprocess_id", sa.BigInteger(), nullable=True), schema="flow"
    )
    op.create_index(
        "ix_checklist_step_awaits",
        "checklist_step",
        ["awaits"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("awaits is not null"),
    )
    op.create_index(
        "ix_checklist_step_look_at",
        "checklist_step",
        ["look_at"],
        unique=False,
        schema="flow",
        postgresql_where=sa.text("look_at is not null"),
    )
    op.create_unique_constraint(
        op.f("uq_checklist_step_subprocess_id"), "checklist_step", ["subprocess_id"], schema="flow"
    )
    op.create_foreign_key(
        op.f("fk_checklist_step_subprocess_id"),
        "checklist_step",
        "checklist",
        ["subprocess_id"],
        ["id"],
        source_schema="flow",
        referent_schema="flow",
        ondelete="RESTRICT",
    )
    op.add_column("step_round", sa.Column("completed_as", sa.Text(), nullable=True), schema="flow")
    op.create_check_constraint(
        op.f("ck_checklist_step_attempts"), "checklist_step", "attempts >= 0", schema="flow"
    )
    op.drop_constraint(
        op.f("ck_checklist_step_completed_at"), "checklist_step", schema="flow", type_="check"
    )
    op.create_check_constraint(
        op.f("ck_checklist_step_completed_at"),
        "checklist_step",
        "state <> 'COMPLETED' or (completed_at is not null and (completed_by_id is not null or completed_as is not null))",
        schema="flow",
    )
    op.execute(DECIDED_AS)
