"""What an organisation sets for steps itself; under which role something was done, and why."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("event", sa.Column("role", sa.Text(), nullable=True), schema="dougong")
    op.add_column("event", sa.Column("reason", sa.Text(), nullable=True), schema="dougong")
    op.create_table(
        "step_setting",
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
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("switched_off", sa.Boolean(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column("up_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_step_setting_reason")),
        sa.CheckConstraint("jsonb_typeof(up_to) = 'object'", name=op.f("ck_step_setting_up_to")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_setting_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_step_setting_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_setting")),
        schema="dougong",
    )
    op.create_index(
        op.f("ix_step_setting_step"), "step_setting", ["step"], unique=False, schema="dougong"
    )
    for statement in CHANGES:
        op.execute(statement)


CHANGES = (
    """
    create trigger log_inserted after insert on dougong.step_setting
    referencing new table as changed
    for each statement execute function dougong.log_rows('dougong.step_setting', 'CREATED')
    """,
    # What was set once stays, for the records that were made under it.
    """
    create trigger versions_stay before update of step, created_at, switched_off, needs, up_to, reason
    on dougong.step_setting execute function dougong.refuse_change()
    """,
)
