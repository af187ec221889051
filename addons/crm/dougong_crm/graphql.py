"""Who is known already: asked while somebody is being entered, before there are two of them."""

import re
import unicodedata
from enum import StrEnum
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.orm import joinedload

from dougong import Context, query
from dougong_crm.entities import Lead
from dougong_crm.permissions import SELL
from dougong_party import Contact, Party

MOST = 20
"""So many are told."""
MOST_CANDIDATES = 500
"""So many of a kind are looked at."""
ALIKE_DIGITS = 7
"""So many digits at the end of two numbers mean the same line, whatever stands before them."""
LEGAL_FORMS = {
    *("ab", "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "kg", "limited"),
    *("llc", "ltd", "nv", "oy", "plc", "sa", "sarl", "spa"),
}
CHINESE_FORM = re.compile("(股份)?有限(责任)?公司$|集团$")


class Likeness(StrEnum):
    """What two entries have in common."""

    EMAIL = "EMAIL"
    """The e-mail address, capitals aside."""
    PHONE = "PHONE"
    """The telephone number, however it is written, with or without a country's code."""
    NAME = "NAME"
    """The name, capitals, punctuation, full-width letters and legal forms aside."""


@strawberry.input
class LeadEntry:
    """What is known so far of somebody who is being entered."""

    name: str | None = None
    """The person's name."""
    company: str | None = None
    """The company that the person speaks for."""
    email: str | None = None
    """The e-mail address."""
    phone: str | None = None
    """The telephone number, as it was typed."""


@strawberry.type
class LeadDuplicate:
    """Somebody who is known already and may be the same: a lead, a party, or a contact of one."""

    alike: list[Likeness]
    """What they have in common with the entry; the more, the likelier."""
    lead: Lead | None = None
    """The lead, where it is one."""
    party: Party | None = None
    """The party, where it is one, or where the contact works."""
    contact: Contact | None = None
    """The contact, where it is one."""


@query(needs=SELL)
def lead_duplicates(ctx: Context, *, entry: LeadEntry) -> list[LeadDuplicate]:
    """Who may be the same as somebody who is being entered (C14), the likeliest first.

    entry: What has been typed so far; ask again when it changes.
    """
    found: list[LeadDuplicate] = []
    for lead in _candidates(ctx, Lead, entry, Lead.name, Lead.company):
        names = [lead.name, lead.company]
        found.append(LeadDuplicate(alike=_alike(entry, lead.email, lead.phone, names), lead=lead))
    for party in _candidates(ctx, Party, entry, Party.name):
        alike = _alike(entry, party.email, party.phone, [party.name])
        found.append(LeadDuplicate(alike=alike, party=party))
    for contact in _candidates(ctx, Contact, entry, Contact.name):
        alike = _alike(entry, contact.email, contact.phone, [contact.name])
        found.append(LeadDuplicate(alike=alike, contact=contact, party=contact.party))
    return sorted((one for one in found if one.alike), key=lambda one: -len(one.alike))[:MOST]


def _candidates(ctx: Context, kind: Any, entry: LeadEntry, *names: Any) -> list[Any]:
    """The records that one of the entry's values may match; the exact look is for Python."""
    may: list[ColumnElement[bool]] = []
    if entry.email and entry.email.strip():
        may.append(func.lower(kind.email) == entry.email.strip().lower())
    if len(digits := _digits(entry.phone)) >= ALIKE_DIGITS:
        ends = func.right(func.regexp_replace(kind.phone, r"\D", "", "g"), ALIKE_DIGITS)
        may.append(ends == digits[-ALIKE_DIGITS:])
    for asked in filter(None, (folded(entry.name), folded(entry.company))):
        word = max(asked.split(), key=len)
        for name in names:
            plain = func.lower(func.normalize(name, literal_column("NFKC")))
            may.append(plain.contains(word, autoescape=True))
    if not may:
        return []
    found = select(kind).where(or_(*may)).order_by(kind.id).limit(MOST_CANDIDATES)
    if kind is Contact:
        found = found.options(joinedload(Contact.party))
    return list(ctx.session.scalars(found))


def _alike(
    entry: LeadEntry, email: str | None, phone: str | None, names: list[str | None]
) -> list[Likeness]:
    found: list[Likeness] = []
    if entry.email and email and entry.email.strip().lower() == email.lower():
        found.append(Likeness.EMAIL)
    short, long = sorted((_digits(entry.phone), _digits(phone)), key=len)
    if len(short) >= ALIKE_DIGITS and long.endswith(short.lstrip("0")):
        found.append(Likeness.PHONE)
    asked = {folded(entry.name), folded(entry.company)} - {""}
    if asked & {folded(name) for name in names}:
        found.append(Likeness.NAME)
    return found


def _digits(phone: str | None) -> str:
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", phone or ""))


def folded(name: str | None) -> str:
    """A name without what people write differently: “ＡＣＭＥ, Ltd.” and “Acme GmbH” are “acme”."""
    plain = unicodedata.normalize("NFKC", name or "").lower()
    words = re.findall(r"\w+", plain)
    kept = [word for word in words if word not in LEGAL_FORMS] or words
    return CHINESE_FORM.sub("", " ".join(kept)).strip()
