"""Branch orders."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "branch_order",
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
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("freight", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("margin", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("ship_to_city", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("seller_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'CONFIRMED', 'DONE', 'CANCELLED')",
            name=op.f("ck_branch_order_state"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_branch_order_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["office_id"],
            ["dougong.unit.id"],
            name=op.f("fk_branch_order_office_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_branch_order_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"],
            ["dougong.user.id"],
            name=op.f("fk_branch_order_seller_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_branch_order_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_order")),
        sa.UniqueConstraint("number", name=op.f("uq_branch_order_number")),
        schema="branches",
    )
    op.create_index(
        op.f("ix_branch_order_office_id"),
        "branch_order",
        ["office_id"],
        unique=False,
        schema="branches",
    )
    op.create_index(
        op.f("ix_branch_order_ordered_on_id_office_id"),
        "branch_order",
        ["ordered_on", "id", "office_id"],
        unique=False,
        schema="branches",
    )
    op.create_index(
        op.f("ix_branch_order_owner_id"),
        "branch_order",
        ["owner_id"],
        unique=False,
        schema="branches",
    )
    op.create_index(
        op.f("ix_branch_order_seller_id"),
        "branch_order",
        ["seller_id"],
        unique=False,
        schema="branches",
    )
