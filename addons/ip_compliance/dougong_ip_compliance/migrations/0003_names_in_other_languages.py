"""Names in other languages, beside those that were entered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "clause",
        sa.Column(
            "title_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="ip_compliance",
    )
    op.add_column(
        "standard_edition",
        sa.Column(
            "title_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="ip_compliance",
    )
