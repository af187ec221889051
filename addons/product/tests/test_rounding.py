"""Amounts are exact: whatever is rounded or shared, nothing is lost and nothing comes from nowhere."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dougong_product import document_taxes, rounded, shares, tax_in, tax_on

CENTS = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
RATES = st.integers(0, 10**6).map(lambda part: Decimal(part).scaleb(-6))
WEIGHTS = st.lists(
    st.integers(0, 10**9).map(lambda weight: Decimal(weight).scaleb(-4)), min_size=1, max_size=40
)


@pytest.mark.parametrize(
    ("amount", "digits", "expected"),
    [("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("2.675", 2, "2.68"), ("0.5", 0, "1"),
     ("1.23449", 3, "1.234"), ("-2.5", 0, "-3")],
)  # fmt: skip
def test_halves_go_away_from_zero(amount, digits, expected):
    assert rounded(Decimal(amount), digits) == Decimal(expected)
    assert rounded(Fraction(amount), digits) == Decimal(expected)


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 4))
def test_a_fraction_is_rounded_like_the_decimal_that_it_is(amount, digits):
    by_decimal = amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)

    assert rounded(Fraction(amount), digits) == by_decimal == rounded(amount, digits)


@given(CENTS, RATES)
def test_net_and_tax_of_a_price_that_contains_it_come_to_the_price(gross, rate):
    net, tax = tax_in(gross, rate)

    assert net + tax == gross
    assert abs(Fraction(net) - Fraction(gross) / (1 + Fraction(rate))) <= Fraction(1, 200)


@given(CENTS, RATES)
def test_a_price_and_its_refund_have_the_same_tax(gross, rate):
    net, tax = tax_in(gross, rate)

    assert tax_in(-gross, rate) == (-net, -tax)
    assert tax_on(-gross, rate) == -tax_on(gross, rate)


@given(CENTS, RATES)
def test_tax_that_is_added_is_off_by_half_a_cent_at_most(net, rate):
    assert abs(Fraction(tax_on(net, rate)) - Fraction(net) * Fraction(rate)) <= Fraction(1, 200)


def test_thirteen_per_cent_of_a_hundred_is_thirteen():
    assert tax_on(Decimal("100.00"), Decimal("0.13")) == Decimal("13.00")
    assert tax_in(Decimal("113.00"), Decimal("0.13")) == (Decimal("100.00"), Decimal("13.00"))


@given(CENTS, WEIGHTS)
def test_shares_come_to_the_total_and_are_within_a_cent_of_what_is_fair(total, weights):
    found = shares(total, weights)

    assert sum(found) == total
    whole = sum(map(Fraction, weights))
    for share, weight in zip(found, weights, strict=True):
        fair = Fraction(weight) / whole if whole else Fraction(1, len(weights))
        assert abs(Fraction(share) - Fraction(total) * fair) < Fraction(1, 100)


@given(st.lists(CENTS.map(abs), max_size=40), RATES, st.booleans())
def test_the_taxes_of_a_documents_lines_come_to_the_tax_of_the_document(amounts, rate, included):
    whole = sum(amounts, Decimal(0))

    taxes = document_taxes(amounts, rate, included=included)

    assert sum(taxes, Decimal(0)) == (tax_in(whole, rate)[1] if included else tax_on(whole, rate))
    for tax, amount in zip(taxes, amounts, strict=True):
        exact = Fraction(amount) * Fraction(rate) / (1 + Fraction(rate) if included else 1)
        assert abs(Fraction(tax) - exact) <= Fraction(3, 200)
        assert tax >= 0
        assert not included or tax <= amount


@given(CENTS, WEIGHTS)
def test_more_weight_never_gets_less(total, weights):
    found = shares(abs(total), weights)

    in_order = sorted(zip(weights, found, strict=True))
    assert all(one[1] <= other[1] for one, other in pairwise(in_order) if one[0] < other[0])


def test_a_hundred_in_three_is_a_cent_more_for_the_first():
    assert shares(Decimal("100.00"), [Decimal(1)] * 3) == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]


@pytest.mark.parametrize("weights", [[], [Decimal(-1), Decimal(2)]])
def test_nothing_is_shared_by_no_weight_or_a_negative_one(weights):
    with pytest.raises(ValueError, match="weight"):
        shares(Decimal(1), weights)


def test_a_total_with_more_decimals_than_its_shares_is_refused():
    with pytest.raises(ValueError, match="more than 2 decimals"):
        shares(Decimal("0.001"), [Decimal(1)])
