"""What a Tryton database needs before it can sell; runs in Tryton's own environment.

`TRYTOND_CONFIG=… python tryton_setup.py DATABASE` prints the numbers of what an order names, as JSON.
"""

import json
import sys
from decimal import Decimal

from proteus import Model, config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import (
    create_payment_term,
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import create_company, get_company


def customer() -> Model:
    """A party with an address."""
    party = Model.get("party.party")(name="Customer")
    party.addresses[0].street = "Main St. 1"
    party.save()
    return party


PRODUCTS = 41


def products() -> list[Model]:
    """Goods that are sold by the piece."""
    accounts = get_accounts()
    category = Model.get("product.category")(name="Sold", accounting=True)
    category.account_expense = accounts["expense"]
    category.account_revenue = accounts["revenue"]
    category.save()
    (piece,) = Model.get("product.uom").find([("name", "=", "Unit")])
    template = Model.get("product.template")(name="Tea", type="goods", salable=True)
    template.default_uom = piece
    template.list_price = Decimal(10)
    template.account_category = category
    template.products.extend(Model.get("product.product")() for _ in range(PRODUCTS - 1))
    template.save()
    return list(template.products)


def main(database: str) -> None:
    """Set it all up."""
    config.set_trytond(database)
    create_company()
    create_chart()
    set_fiscalyear_invoice_sequences(create_fiscalyear()).click("create_period")
    term = create_payment_term()
    term.save()
    party, sold, company = customer(), products(), get_company()
    places = Model.get("stock.location")
    (warehouse,) = places.find([("type", "=", "warehouse")])
    found = {
        "company": company.id,
        "currency": company.currency.id,
        "party": party.id,
        "address": party.addresses[0].id,
        "payment_term": term.id,
        "product": sold[0].id,
        "products": [one.id for one in sold],
        "unit": sold[0].default_uom.id,
        "warehouse": warehouse.id,
        "storage": warehouse.storage_location.id,
        "lost": places.find([("type", "=", "lost_found")])[0].id,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
