"""Stores: warehouses that another one supplies, and what they owe for it."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Money, link, money
from dougong_inventory.entities.places import Warehouse


class StoreAccount(Entity):
    """That a warehouse is a store: what supplies it, and how much it may owe for that (I18)."""

    __table_args__ = (
        CheckConstraint("source_id <> warehouse_id", name="source"),
        CheckConstraint("credit_limit_amount >= 0", name="credit_limit_amount"),
    )

    warehouse: Mapped[Warehouse] = link(unique=True, reverse="storeAccounts")
    """The store's warehouse."""
    source: Mapped[Warehouse] = link(reverse="suppliedStores")
    """The headquarters' warehouse, from which its goods come."""
    credit_limit: Mapped[Money | None] = money(default=None)
    """How much it may owe; without a limit, any amount."""


class StorePayment(Entity):
    """What a store has paid: for what it got, or in advance."""

    account: Mapped[StoreAccount] = link(reverse="payments")
    """The store that paid."""
    amount: Mapped[Money] = money()
    """How much; below zero where it got some back."""
    paid_on: Mapped[date]
    """The day on which the money was there."""
    reference: Mapped[str | None] = mapped_column(default=None)
    """What the bank calls it."""
