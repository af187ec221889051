"""The texts that people search in have indexes of their parts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_lead_company_bigrams",
        "lead",
        [sa.literal_column("dougong.bigrams(company)")],
        unique=False,
        schema="crm",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_lead_email_bigrams",
        "lead",
        [sa.literal_column("dougong.bigrams(email)")],
        unique=False,
        schema="crm",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_lead_name_bigrams",
        "lead",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="crm",
        postgresql_using="gin",
    )
