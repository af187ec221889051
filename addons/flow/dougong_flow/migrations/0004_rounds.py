"""Rounds of steps, ratings of them, qualifications; what was over has its first round."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

FIRST_ROUNDS = """
insert into flow.step_round (
    step_id, round, definition_version_id, key, outcome, ready_at, ended_at, ended_by_id,
    ended_for_id, reason, "values", waiting_seconds, working_seconds, paused_seconds
)
select
    s.id, 1, c.definition_version_id, s.key,
    case
        when s.state = 'COMPLETED' then 'COMPLETED' when s.ready_at is null then 'PASSED_OVER'
        else 'SKIPPED'
    end,
    s.ready_at, coalesce(s.completed_at, s.updated_at), s.completed_by_id, s.completed_for_id,
    s.skip_reason, coalesce(f."values", '{}'),
    greatest(extract(epoch from coalesce(s.completed_at, s.updated_at) - s.ready_at), 0)::int, 0, 0
from flow.checklist_step s
join flow.checklist c on c.id = s.checklist_id
left join flow.step_form f on f.step_id = s.id
where s.state in ('COMPLETED', 'SKIPPED')
order by s.completed_at, s.id
"""


def upgrade() -> None:
    op.create_table(
        "qualification",
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
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("shown_by", sa.Text(), nullable=True),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_qualification_valid_until")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_qualification_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_qualification_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_qualification_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_qualification_skill"), "qualification", ["skill"], unique=False, schema="flow"
    )
    op.create_index(
        op.f("ix_qualification_user_id"), "qualification", ["user_id"], unique=False, schema="flow"
    )
    op.create_table(
        "step_rating",
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
        sa.Column("rated_id", sa.BigInteger(), nullable=False),
        sa.Column("rated_round", sa.Integer(), nullable=False),
        sa.Column("rated_by_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("score between 1 and 5", name=op.f("ck_step_rating_score")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_rating_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["rated_by_id"],
            ["flow.checklist_step.id"],
            name=op.f("fk_step_rating_rated_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["rated_id"],
            ["flow.checklist_step.id"],
            name=op.f("fk_step_rating_rated_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_rating_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_rating")),
        sa.UniqueConstraint(
            "rated_id",
            "rated_round",
            "rated_by_id",
            name=op.f("uq_step_rating_rated_id_rated_round_rated_by_id"),
        ),
        schema="flow",
    )
    op.create_index(
        op.f("ix_step_rating_rated_by_id"),
        "step_rating",
        ["rated_by_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_step_rating_rated_id"), "step_rating", ["rated_id"], unique=False, schema="flow"
    )
    op.create_table(
        "step_round",
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
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("definition_version_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_for_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("return_code", sa.Text(), nullable=True),
        sa.Column("returned_to", sa.Text(), nullable=True),
        sa.Column(
            "values", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False
        ),
        sa.Column("waiting_seconds", sa.Integer(), nullable=False),
        sa.Column("working_seconds", sa.Integer(), nullable=False),
        sa.Column("paused_seconds", sa.Integer(), nullable=False),
        sa.Column("deviation", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'RETURNED') = (returned_to is not null) and (returned_to is null) = (return_code is null)",
            name=op.f("ck_step_round_returned_to"),
        ),
        sa.CheckConstraint(
            "outcome IN ('COMPLETED', 'SKIPPED', 'PASSED_OVER', 'RETURNED', 'CALLED_BACK', 'CANCELLED')",
            name=op.f("ck_step_round_outcome"),
        ),
        sa.CheckConstraint(
            "return_code IN ('INCOMPLETE', 'WRONG', 'UNCLEAR', 'CHANGED', 'OTHER')",
            name=op.f("ck_step_round_return_code"),
        ),
        sa.CheckConstraint(
            "waiting_seconds >= 0 and working_seconds >= 0 and paused_seconds >= 0",
            name=op.f("ck_step_round_seconds"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_round_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["definition_version_id"],
            ["flow.definition_version.id"],
            name=op.f("fk_step_round_definition_version_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_round_ended_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["ended_for_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_round_ended_for_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_id"],
            ["flow.checklist_step.id"],
            name=op.f("fk_step_round_step_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_round_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_round")),
        sa.UniqueConstraint("step_id", "round", name=op.f("uq_step_round_step_id_round")),
        schema="flow",
    )
    op.create_index(
        op.f("ix_step_round_definition_version_id"),
        "step_round",
        ["definition_version_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_step_round_step_id"), "step_round", ["step_id"], unique=False, schema="flow"
    )
    op.add_column(
        "approval",
        sa.Column("step_round", sa.Integer(), server_default="1", nullable=False),
        schema="flow",
    )
    op.add_column(
        "checklist_step",
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        schema="flow",
    )
    op.add_column(
        "checklist_step", sa.Column("redo_reason", sa.Text(), nullable=True), schema="flow"
    )
    op.add_column("checklist_step", sa.Column("waits_for", sa.Text(), nullable=True), schema="flow")
    op.add_column(
        "checklist_step",
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        schema="flow",
    )
    op.add_column(
        "checklist_step",
        sa.Column("waiting_seconds", sa.Integer(), server_default="0", nullable=False),
        schema="flow",
    )
    op.add_column(
        "checklist_step",
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        schema="flow",
    )
    op.add_column(
        "checklist_step",
        sa.Column("paused_seconds", sa.Integer(), server_default="0", nullable=False),
        schema="flow",
    )
    op.add_column(
        "checklist_step", sa.Column("pause_reason", sa.Text(), nullable=True), schema="flow"
    )
    op.add_column(
        "checklist_step", sa.Column("deadline_id", sa.BigInteger(), nullable=True), schema="flow"
    )
    op.add_column(
        "checklist_step", sa.Column("clock_id", sa.BigInteger(), nullable=True), schema="flow"
    )
    op.add_column(
        "checklist_step",
        sa.Column("overridden_by_id", sa.BigInteger(), nullable=True),
        schema="flow",
    )
    op.add_column("checklist_step", sa.Column("deviation", sa.Text(), nullable=True), schema="flow")
    op.create_foreign_key(
        op.f("fk_checklist_step_overridden_by_id"),
        "checklist_step",
        "user",
        ["overridden_by_id"],
        ["id"],
        source_schema="flow",
        referent_schema="dougong",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_checklist_step_deadline_id"),
        "checklist_step",
        "deadline",
        ["deadline_id"],
        ["id"],
        source_schema="flow",
        referent_schema="flow",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_checklist_step_clock_id"),
        "checklist_step",
        "clock",
        ["clock_id"],
        ["id"],
        source_schema="flow",
        referent_schema="flow",
        ondelete="RESTRICT",
    )
    op.add_column(
        "control_execution",
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        schema="flow",
    )
    op.add_column(
        "evidence",
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        schema="flow",
    )
    op.create_check_constraint(
        op.f("ck_checklist_step_deviation"),
        "checklist_step",
        "(overridden_by_id is null) = (deviation is null)",
        schema="flow",
    )
    op.create_check_constraint(
        op.f("ck_checklist_step_paused_seconds"),
        "checklist_step",
        "paused_seconds >= 0 and waiting_seconds >= 0",
        schema="flow",
    )
    op.create_check_constraint(
        op.f("ck_checklist_step_round"), "checklist_step", "round > 0", schema="flow"
    )
    for table, column in (
        ("approval", "step_round"),
        ("checklist_step", "round"),
        ("checklist_step", "waiting_seconds"),
        ("checklist_step", "paused_seconds"),
        ("control_execution", "round"),
        ("evidence", "round"),
    ):
        op.alter_column(table, column, server_default=None, schema="flow")
    op.execute(FIRST_ROUNDS)
