"""Contracts for tests: drafted, approved, signed by both sides."""

from datetime import date
from decimal import Decimal
from typing import Any

from dougong import Context, File, Money, User, attach
from dougong.builtin.files.entities import content
from dougong.builtin.files.keeping import Content
from dougong_sales_order import Contract, ContractLine, sign

TODAY = date(2026, 1, 1)
SHA256 = "ab" * 32


def draft(shop: Any, **said: Any) -> Contract:
    ctx = shop.by_seller()
    said = {"amount": Money(Decimal(9000), "EUR"), "starts_on": TODAY, **said}
    line = ContractLine(product=shop.tea, quantity=Decimal(500), unit_price=Decimal(18))
    return ctx.create(Contract(title="Tea", customer=shop.customer, lines=[line], **said))


def by_legal(shop: Any) -> Context:
    return shop.world.ctx(shop.world.person("sales_order.legal"))


def file_of(shop: Any, record: Any, sha256: str = SHA256) -> File:
    """A file of a contract, or an amendment, whose bytes have been kept."""
    ctx = shop.world.ctx()
    ctx.session.connection().execute(content.insert().values(sha256=sha256, size=3))
    return attach(ctx, record, "signed.pdf", "application/pdf", Content(sha256, 3))


def signatures(shop: Any, **said: Any) -> dict[str, Any]:
    ours = shop.world.session.get(User, shop.manager.user_id)
    given = {"signed_by_us": ours, "signed_by_us_on": TODAY}
    return {**given, "signed_by_customer": "A. Fred", "signed_by_customer_on": TODAY, **said}


def signed_with(shop: Any, contract: Contract, file: File | None = None, **said: Any) -> Contract:
    """Signed by the seller, whose context is made last."""
    file = file or file_of(shop, contract)
    return sign(contract, shop.by_seller(), file=file, **signatures(shop, **said))
