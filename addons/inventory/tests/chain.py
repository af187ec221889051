"""A chain of stores over the API: headquarters with goods, two stores, and the people of each."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dougong.testing import LiveWorld
from dougong.testing.jobs import do_jobs
from dougong.testing.worlds import Person

ERRORS = "userErrors { path code message params }"
LINE = """id product { name } requested atSource approved decision unitPrice amount dropped resent
    shipped accepted disputed settled relieved toShip arriving inTransit"""
ORDER = f"""id version number state inPart reason total toShip inTransit disputed
    confirmedAt confirmedBy {{ name }}
    lines {{ nodes {{ {LINE} }} }}
    shipments {{ nodes {{ carrier tracking }} }}
    discrepancies {{ nodes {{ id version kind quantity resolution reason state }} }}"""


class Name(str):
    """A value of an enumeration."""

    __slots__ = ()


def written(value: Any) -> str:
    """A value as GraphQL writes it."""
    match value:
        case Name():
            return str(value)
        case Decimal():
            return json.dumps(str(value))
        case dict():
            return "{" + ", ".join(f"{k}: {written(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(written(one) for one in value) + "]"
        case _:
            return json.dumps(value)


@dataclass
class Chain:
    """Who is who, and the ids of what is there."""

    served: LiveWorld
    admin: Person
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def do(self, name: str, who: str, shown: str = "", **given: Any) -> Any:
        """What a mutation answers."""
        arguments = ", ".join(f"{key}: {written(value)}" for key, value in given.items())
        called = f"{name}({arguments})" if arguments else name
        document = f"mutation {{ {called} {{ {shown} {ERRORS} }} }}"
        return self.served.ask(document, self.people[who])[name]

    def done(self, name: str, who: str, shown: str = "", **given: Any) -> Any:
        """The same; nothing is to be refused."""
        answer = self.do(name, who, shown, **given)
        assert answer["userErrors"] == [], (name, answer["userErrors"])
        return answer

    def refused(self, name: str, who: str, **given: Any) -> Any:
        """The one error of a mutation."""
        (error,) = self.do(name, who, **given)["userErrors"]
        return error

    def make(self, entity: str, who: str = "admin", **said: Any) -> str:
        """Create a record; its id."""
        kind = entity[0].lower() + entity[1:]
        made: str = self.done(f"create{entity}", who, f"{kind} {{ id }}", input=said)[kind]["id"]
        return made

    def ask(self, text: str, who: str) -> Any:
        return self.served.ask(f"{{ {text} }}", self.people[who])

    # Goods ------------------------------------------------------------------------------------

    def goods(self, name: str, **said: Any) -> str:
        price = {"amount": "10.00", "currency": "USD"}
        self.ids[name] = self.make("Product", name=name, price=price, **said)
        return self.ids[name]

    def house(self, code: str, **said: Any) -> str:
        self.ids[code] = self.make("Warehouse", name=code, code=code, **said)
        (found,) = self.ask(
            f'locations(where: {{code: {{eq: "{code}"}}}}) {{ nodes {{ id }} }}', "admin"
        )["locations"]["nodes"]
        self.ids[f"shelf {code}"] = found["id"]
        return self.ids[code]

    def joins(self, who: str, code: str) -> None:
        """Make somebody a member of the unit that keeps a warehouse."""
        user = f"User:{self.people[who].principal.user_id}"
        self.make("Membership", user=user, unit=self.ids[f"unit {code}"])

    def count(self, product: str, code: str, counted: int) -> None:
        """Make the books of a warehouse's shelf say so."""
        self.done(
            "bookCount",
            "admin",
            product=self.ids[product],
            location=self.ids[f"shelf {code}"],
            counted=str(counted),
        )

    def on_hand(self, product: str, location: str) -> Decimal:
        """What lies at a location, by its code."""
        where = {
            "product": {"is": {"id": {"eq": self.ids[product]}}},
            "location": {"is": {"code": {"eq": location}}},
        }
        asked = f"stockQuantities(where: {written(where)}) {{ nodes {{ onHand }} }}"
        found = self.ask(asked, "admin")["stockQuantities"]["nodes"]
        return sum((Decimal(one["onHand"]) for one in found), Decimal(0))

    def work(self) -> None:
        """Have the jobs that wait done."""
        do_jobs(self.served.engine, self.served.runtime.generation)

    # Orders -----------------------------------------------------------------------------------

    def order(self, who: str = "store", **wanted: int) -> Any:
        """A draft of the store; wanted are numbers by the products' names."""
        lines = [
            {"product": self.ids[name], "requested": str(many)} for name, many in wanted.items()
        ]
        said = {"warehouse": self.ids["SHOP"], "lines": lines}
        number = self.make("ReplenishmentOrder", who, **said)
        return self.seen(number, who)

    def seen(self, number: str, who: str = "hq") -> Any:
        return self.ask(f"replenishmentOrder(id: {written(number)}) {{ {ORDER} }}", who)[
            "replenishmentOrder"
        ]

    def step(self, name: str, order: Any, who: str, **given: Any) -> Any:
        """The order after a step."""
        version = self.seen(order["id"], "admin")["version"]
        mutation = f"{name}ReplenishmentOrder"
        self.done(mutation, who, id=order["id"], version=version, **given)
        return self.seen(order["id"], "admin")

    def not_done(self, name: str, order: Any, who: str, **given: Any) -> Any:
        """Why a step is refused."""
        version = self.seen(order["id"], "admin")["version"]
        mutation = f"{name}ReplenishmentOrder"
        return self.refused(mutation, who, id=order["id"], version=version, **given)

    def funded(self, order: Any) -> Any:
        """Both reviews pass."""
        self.step("submit", order, "store")
        self.step("endorse", order, "hq")
        return self.step("fund", order, "finance")

    def sent(self, order: Any) -> Any:
        """All of it that is there is on its way."""
        self.step("prepare", self.funded(order), "sender")
        return self.step("sendOut", order, "sender", carrier="Van", tracking="V-1")

    def line(self, order: Any, product: str) -> Any:
        lines = self.seen(order["id"], "admin")["lines"]["nodes"]
        (found,) = [one for one in lines if one["product"]["name"] == product]
        return {key: number(value) for key, value in found.items()}

    def resolve(self, discrepancy: Any, resolution: str, who: str = "hq") -> None:
        given = {"id": discrepancy["id"], "version": discrepancy["version"]}
        self.done(
            "resolveDiscrepancy",
            who,
            resolution=Name(resolution),
            reason="Looked into it",
            **given,
        )


def number(value: Any) -> Any:
    """A decimal of the API as a number that is easy to compare."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def furnish(served: LiveWorld) -> Chain:
    """Headquarters that supply a store, another store, and tea and cups."""
    admin = served.person("dougong.administrator")
    chain = Chain(served, admin, {"admin": admin})
    roles = {
        "hq": "inventory.headquarters",
        "finance": "inventory.store_finance",
        "sender": "inventory.sender",
        "store": "inventory.store",
        "other": "inventory.store",
        "giver": "inventory.giver",
        "approver": "inventory.gift_approver",
    }
    chain.people |= {name: served.person(role) for name, role in roles.items()}
    for code, who in (("SHOP", "store"), ("KIOSK", "other")):
        unit = chain.make("Unit", code=code, name=code, kind=Name("STORE"))
        chain.ids[f"unit {code}"] = unit
        chain.joins(who, code)
        chain.house(code, unit=unit)
    chain.house("HQ")
    for code in ("SHOP", "KIOSK"):
        chain.ids[f"account {code}"] = chain.make(
            "StoreAccount", warehouse=chain.ids[code], source=chain.ids["HQ"]
        )
    chain.goods("Tea")
    chain.goods("Cups")
    return chain
