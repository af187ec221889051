"""How modules, classes, tables, constraints and API names are derived from each other."""

from __future__ import annotations

import re

from dougong.errors import SetupError

CORE = "dougong"
CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def snake(name: str) -> str:
    """`SalesOrderLine` → `sales_order_line`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name: str) -> str:
    """`sales_by_year` → `salesByYear`."""
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def lower_first(name: str) -> str:
    """`SalesOrder` → `salesOrder`."""
    return name[:1].lower() + name[1:]


def upper_first(name: str) -> str:
    """`salesByYear` → `SalesByYear`."""
    return name[:1].upper() + name[1:]


def plural(noun: str) -> str:
    """The regular English plural: `party` → `parties`, `address` → `addresses`."""
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    return noun + "s"


def schema_of(module: str) -> str:
    """The add-on (and PostgreSQL schema) that a Python module belongs to.

    `dougong_crm.entities` → `crm`; `dougong_inventory.with_sales_order.hooks` →
    `inventory__sales_order`; modules of the core → `dougong`.
    """
    first, *rest = module.split(".")
    if first == "dougong":
        return CORE
    if not first.startswith("dougong_"):
        raise SetupError(
            f"Module {module} declares entities or verbs, but its package has no add-on name.",
            fix="name the package dougong_<add-on>, for example dougong_lead_scoring.",
        )
    addon = first.removeprefix("dougong_")
    if rest and rest[0].startswith("with_"):
        return f"{addon}__{rest[0].removeprefix('with_')}"
    return addon


def host_of(schema: str) -> str:
    """The add-on that a bridge is part of; an add-on is its own host."""
    return schema.split("__", 1)[0]
