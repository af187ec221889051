"""The texts that people search in have indexes of their parts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_contact_email_bigrams",
        "contact",
        [sa.literal_column("dougong.bigrams(email)")],
        unique=False,
        schema="party",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_contact_name_bigrams",
        "contact",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="party",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_party_city_bigrams",
        "party",
        [sa.literal_column("dougong.bigrams(city)")],
        unique=False,
        schema="party",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_party_code_bigrams",
        "party",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="party",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_party_email_bigrams",
        "party",
        [sa.literal_column("dougong.bigrams(email)")],
        unique=False,
        schema="party",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_party_name_bigrams",
        "party",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="party",
        postgresql_using="gin",
    )
