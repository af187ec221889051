"""Jobs that are done, and what went wrong with others. The queue itself: builtin/jobs/queue.py."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def _at() -> sa.Column:
    return sa.Column(
        "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "job_done",
        sa.Column("job", sa.BigInteger(), autoincrement=False, nullable=False),
        _at(),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_job_done")),
        schema="dougong",
    )
    op.create_table(
        "job_failure",
        sa.Column("job", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        _at(),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "attempt", name=op.f("pk_job_failure")),
        schema="dougong",
    )
