"""What definitions are for, who has read their versions, files as evidence that may expire."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "version_reading",
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
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_version_reading_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["definition_version_id"],
            ["flow.definition_version.id"],
            name=op.f("fk_version_reading_definition_version_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_version_reading_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_version_reading_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_reading")),
        sa.UniqueConstraint(
            "definition_version_id",
            "user_id",
            name=op.f("uq_version_reading_definition_version_id_user_id"),
        ),
        schema="flow",
    )
    op.create_index(
        op.f("ix_version_reading_definition_version_id"),
        "version_reading",
        ["definition_version_id"],
        unique=False,
        schema="flow",
    )
    op.create_index(
        op.f("ix_version_reading_user_id"),
        "version_reading",
        ["user_id"],
        unique=False,
        schema="flow",
    )
    op.add_column("definition", sa.Column("goals", sa.Text(), nullable=True), schema="flow")
    op.add_column("definition", sa.Column("value_for", sa.Text(), nullable=True), schema="flow")
    op.add_column(
        "definition", sa.Column("success_metric", sa.Text(), nullable=True), schema="flow"
    )
    op.add_column("definition", sa.Column("trigger", sa.Text(), nullable=True), schema="flow")
    op.add_column(
        "definition", sa.Column("proposed_by_id", sa.BigInteger(), nullable=True), schema="flow"
    )
    op.add_column(
        "definition",
        sa.Column("needs_reading", sa.Boolean(), server_default="false", nullable=False),
        schema="flow",
    )
    op.create_foreign_key(
        op.f("fk_definition_proposed_by_id"),
        "definition",
        "user",
        ["proposed_by_id"],
        ["id"],
        source_schema="flow",
        referent_schema="dougong",
        ondelete="RESTRICT",
    )
    op.add_column("evidence", sa.Column("file_name", sa.Text(), nullable=True), schema="flow")
    op.add_column("evidence", sa.Column("valid_until", sa.Date(), nullable=True), schema="flow")
    op.create_check_constraint(
        op.f("ck_definition_trigger"),
        "definition",
        "trigger IN ('CUSTOMER_NEED', 'EVENT', 'DATE', 'DECISION')",
        schema="flow",
    )
    op.create_check_constraint(
        op.f("ck_evidence_file_name"),
        "evidence",
        "case kind when 'FILE' then (file_name is null) = (sha256 is null) else file_name is null end",
        schema="flow",
    )
    op.drop_constraint(op.f("ck_evidence_kind"), "evidence", schema="flow", type_="check")
    op.create_check_constraint(
        op.f("ck_evidence_kind"), "evidence", "kind IN ('LINK', 'RECORD', 'FILE')", schema="flow"
    )
    op.drop_constraint(op.f("ck_work_item_roll_out"), "work_item", schema="flow", type_="check")
    op.create_check_constraint(
        op.f("ck_work_item_roll_out"),
        "work_item",
        "roll_out IN ('ANNOUNCE', 'TRAIN', 'COLLECT', 'DECIDE')",
        schema="flow",
    )
