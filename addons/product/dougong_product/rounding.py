"""Exact amounts: rounding to the cent, tax in and on prices, and sums that are shared without loss."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def rounded(amount: Decimal | Fraction, digits: int = 2) -> Decimal:
    """An amount with so many decimals, halves away from zero.

    A fraction is rounded once, from its exact value.
    """
    unit: Decimal = Decimal(1).scaleb(-digits)
    if isinstance(amount, Decimal):
        return amount.quantize(unit, ROUND_HALF_UP)
    doubled = abs(amount) * 10**digits * 2
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return Decimal(whole if amount >= 0 else -whole) * unit


def tax_on(net: Decimal, rate: Decimal, digits: int = 2) -> Decimal:
    """The tax that comes on top of a net amount."""
    return rounded(Fraction(net) * Fraction(rate), digits)


def tax_in(gross: Decimal, rate: Decimal, digits: int = 2) -> tuple[Decimal, Decimal]:
    """The net amount and the tax that a price contains; they come to the price exactly.

    Only the net amount is rounded (domain_sales §4.3, tax included).
    """
    net = rounded(Fraction(gross) / (1 + Fraction(rate)), digits)
    return net, gross - net


def document_taxes(
    amounts: Sequence[Decimal], rate: Decimal, *, included: bool, digits: int = 2
) -> list[Decimal]:
    """The tax of each of a document's lines, where it is rounded once for all of them.

    `amounts` are what the lines with one tax come to: with it where it is `included`, else without.
    What they come to together is taxed, and rounded (EN 16931, BR-CO-17), and shared by the largest
    remainder, so that the lines' taxes sum to the document's. Raises ValueError for an amount below
    zero.
    """
    whole = sum(amounts, Decimal(0))
    tax = tax_in(whole, rate, digits)[1] if included else tax_on(whole, rate, digits)
    return shares(tax, amounts, digits) if amounts else []


def shares(total: Decimal, weights: Sequence[Decimal], digits: int = 2) -> list[Decimal]:
    """An amount shared out by weights, so that the shares come to it exactly.

    Each gets its share rounded down; what is left goes, a cent each, to the largest remainders, of
    equal ones to the first (the largest remainder method). Weights that are all 0 count alike.
    Raises ValueError for no weights, a negative one, or a total with more decimals.
    """
    unit = Decimal(1).scaleb(-digits)
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("an amount is shared by one weight at least, none of them below zero")
    if total != total.quantize(unit):
        raise ValueError(f"{total} has more than {digits} decimals")
    cents = abs(int(total.scaleb(digits)))
    every = [Fraction(weight) for weight in weights]
    if not any(every):
        every = [Fraction(1)] * len(every)
    whole = sum(every)
    exact = [cents * weight / whole for weight in every]
    parts = [one.numerator // one.denominator for one in exact]
    left = cents - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in by_remainder[:left]:
        parts[place] += 1
    return [Decimal(part if total >= 0 else -part) * unit for part in parts]
