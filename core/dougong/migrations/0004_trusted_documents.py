"""Documents that clients may run by their id."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "trusted_document",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_document")),
        schema="dougong",
    )
    op.execute("""
        create trigger raise_epoch after insert or update or delete or truncate
        on dougong.trusted_document execute function dougong.raise_epoch()
    """)
