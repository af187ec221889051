"""Papers and remarks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "paper",
        *base("paper"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('HANDED_IN', 'ACCEPTED')", name=op.f("ck_paper_state")),
        schema="papers",
    )
    op.create_table(
        "remark",
        *base("remark"),
        sa.Column("paper_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.paper.id"], name=op.f("fk_remark_paper_id"), ondelete="RESTRICT"
        ),
        schema="papers",
    )
    op.create_index(op.f("ix_remark_paper_id"), "remark", ["paper_id"], schema="papers")


def base(name: str) -> list[object]:
    """What every record has."""
    moment, now = sa.DateTime(timezone=True), sa.text("now()")
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", moment, server_default=now, nullable=False),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        *(
            sa.ForeignKeyConstraint(
                [f"{who}_by_id"],
                ["dougong.user.id"],
                name=op.f(f"fk_{name}_{who}_by_id"),
                ondelete="SET NULL",
            )
            for who in ("created", "updated")
        ),
    ]
