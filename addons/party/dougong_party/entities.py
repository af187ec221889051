"""Who we deal with: people, companies, and the people to talk to there."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Email, Entity, Phone, link, owned


class PartyKind(StrEnum):
    """Whether a party is one person or an organisation."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"


class Contact(Entity, searchable=("name", "email")):
    """A person to talk to at a party."""

    party: Mapped["Party"] = link(default=None, on_delete="CASCADE")
    """Where the person works."""
    name: Mapped[str]
    """The person's full name."""
    title: Mapped[str | None] = mapped_column(default=None)
    """What the person does there: “Sales Representative”."""
    email: Mapped[Email | None] = mapped_column(default=None)
    """The person's own address."""
    phone: Mapped[Phone | None] = mapped_column(default=None)
    """The person's own number."""


class Party(Entity, searchable=("name", "code", "email", "city")):
    """Somebody we deal with: a person or a company."""

    __plural__ = "parties"

    kind: Mapped[PartyKind] = mapped_column(default=PartyKind.COMPANY)
    """Whether this is one person or an organisation."""
    name: Mapped[str] = mapped_column(index=True)
    """The name that people look for."""
    code: Mapped[str | None] = mapped_column(default=None, unique=True)
    """A short code that nobody else has, for example from an older system."""
    email: Mapped[Email | None] = mapped_column(default=None)
    """The general address."""
    phone: Mapped[Phone | None] = mapped_column(default=None)
    """The general number."""
    street: Mapped[str | None] = mapped_column(default=None)
    """Street and house number."""
    city: Mapped[str | None] = mapped_column(default=None)
    """Town or city."""
    region: Mapped[str | None] = mapped_column(default=None)
    """State, province or region."""
    postal_code: Mapped[str | None] = mapped_column(default=None)
    """Postal code."""
    country: Mapped[str | None] = mapped_column(default=None, index=True)
    """Country, by its English name."""
    contacts: Mapped[list[Contact]] = owned(default_factory=list)
    """People to talk to there."""
