"""Gifts: approved, within a quota, taken from the shelf; kept in the name of what they are for."""

from decimal import Decimal
from typing import Any

import pytest
from chain import Chain, furnish

LATER = "2099-01-01T00:00:00Z"


@pytest.fixture
def chain(live_world):
    chain = furnish(live_world("inventory"))
    chain.count("Tea", "HQ", 20)
    chain.ids["Ann"] = chain.make("Party", name="Ann", street="Main St. 1", city="Ulm")
    yield chain
    assert chain.ask("stockDifferences { product }", "admin") == {"stockDifferences": []}


def quota(chain: Chain, most: int) -> str:
    user = f"User:{chain.people['giver'].principal.user_id}"
    said = {"user": user, "since": "2020-01-01", "until": "2099-12-31", "most": str(most)}
    return chain.make("GiftQuota", "approver", **said)


def given(chain: Chain, quota_id: str) -> Decimal:
    found = chain.ask(f'giftQuota(id: "{quota_id}") {{ given }}', "giver")
    return Decimal(found["giftQuota"]["given"])


def draft(chain: Chain, many: int, **said: Any) -> dict[str, Any]:
    said = {
        "party": chain.ids["Ann"],
        "location": chain.ids["shelf HQ"],
        "reason": "Birthday",
        "lines": [{"product": chain.ids["Tea"], "quantity": str(many)}],
        **said,
    }
    return {"id": chain.make("GiftIssue", "giver", **said), "version": 1}


def approved(chain: Chain, many: int, **said: Any) -> dict[str, Any]:
    gift = draft(chain, many, **said)
    shown = "giftIssue { id version }"
    result: dict[str, Any] = chain.done("grantGiftIssue", "approver", shown, **gift)["giftIssue"]
    return result


def test_I24_a_gift_leaves_the_shelf_and_counts_against_the_quota(chain: Chain) -> None:
    most = quota(chain, 5)

    chain.done("handOverGiftIssue", "giver", **approved(chain, 3))

    assert (chain.on_hand("Tea", "HQ"), chain.on_hand("Tea", "GIFT")) == (17, 3)
    assert given(chain, most) == 3
    row = {"number": "G-000001", "reason": "Birthday", "product": "Tea", "quantity": "3.0000"}
    assert chain.ask("giftsGiven { number reason product quantity }", "giver") == {
        "giftsGiven": [row]
    }


def test_I24_more_than_the_quota_is_refused_and_nothing_leaves(chain: Chain) -> None:
    most = quota(chain, 5)
    chain.done("handOverGiftIssue", "giver", **approved(chain, 3))

    error = chain.refused("handOverGiftIssue", "giver", **approved(chain, 3))

    assert error["code"] == "gift_quota_exceeded"
    assert Decimal(error["params"]["left"]) == 2
    assert (chain.on_hand("Tea", "HQ"), given(chain, most)) == (17, 3)


def test_I24_every_quota_of_the_day_must_have_room(chain: Chain) -> None:
    wide, narrow = quota(chain, 50), quota(chain, 2)

    assert chain.refused("handOverGiftIssue", "giver", **approved(chain, 3))["code"] == (
        "gift_quota_exceeded"
    )
    assert (given(chain, wide), given(chain, narrow)) == (0, 0)


def test_I24_without_a_quota_nothing_is_given(chain: Chain) -> None:
    error = chain.refused("handOverGiftIssue", "giver", **approved(chain, 1))
    assert error["code"] == "no_gift_quota"


def test_I24_nobody_approves_their_own_gift(chain: Chain) -> None:
    chain.people["giver"] = chain.served.person("inventory.giver", "inventory.gift_approver")

    error = chain.refused("grantGiftIssue", "giver", **draft(chain, 1))

    assert error["code"] == "same_person"


def test_I24_a_gift_that_is_taken_back_makes_room_again(chain: Chain) -> None:
    most, shown = quota(chain, 5), "giftIssue { id version }"
    gift = approved(chain, 3)
    gift = chain.done("handOverGiftIssue", "giver", shown, **gift)["giftIssue"]

    chain.done("takeBackGiftIssue", "approver", **gift, reason="Sent to the wrong Ann")

    assert (chain.on_hand("Tea", "HQ"), chain.on_hand("Tea", "GIFT")) == (20, 0)
    assert given(chain, most) == 0


def test_I24_what_is_not_there_is_not_given(chain: Chain) -> None:
    most = quota(chain, 50)

    error = chain.refused("handOverGiftIssue", "giver", **approved(chain, 21))

    told = (error["code"], error["path"], error["params"])
    assert told == (
        "insufficient_stock",
        ["lines", "0"],
        {"product": "Tea"},
    )  # how many is a secret
    assert given(chain, most) == 0


def keep(chain: Chain, many: int, name: str = "done", source: str = "campaign.Campaign:7") -> Any:
    return getattr(chain, name)(
        "reserveGifts",
        "approver",
        product=chain.ids["Tea"],
        location=chain.ids["shelf HQ"],
        quantity=str(many),
        source=source,
        expiresAt=LATER,
    )


def reserved(chain: Chain) -> Decimal:
    found = chain.ask("stockQuantities { nodes { reserved } }", "admin")
    return sum((Decimal(one["reserved"]) for one in found["stockQuantities"]["nodes"]), Decimal(0))


def test_I26_gifts_are_kept_in_a_campaigns_name_and_let_go_when_it_is_cancelled(
    chain: Chain,
) -> None:
    keep(chain, 15)
    assert reserved(chain) == 15
    assert keep(chain, 1, "refused")["code"] == "gifts_kept_already"
    assert keep(chain, 6, "refused", "campaign.Campaign:8")["code"] == "insufficient_stock"

    let_go = chain.done("releaseGifts", "approver", "result", source="campaign.Campaign:7")

    assert (Decimal(let_go["result"]), reserved(chain)) == (15, 0)


def test_I26_a_gift_takes_of_what_is_kept_for_it(chain: Chain) -> None:
    quota(chain, 50)
    keep(chain, 15)
    assert chain.refused("handOverGiftIssue", "giver", **approved(chain, 6))["code"] == (
        "insufficient_stock"
    )

    gift = approved(chain, 10, reference="campaign.Campaign:7")
    chain.done("handOverGiftIssue", "giver", **gift)

    assert (reserved(chain), chain.on_hand("Tea", "HQ")) == (5, 10)


def test_I26_what_a_gift_took_is_not_kept_again_when_more_comes(chain: Chain) -> None:
    quota(chain, 50)
    keep(chain, 15)
    for many, done, left in ((6, 6, 9), (9, 15, 0)):
        gift = approved(chain, many, reference="campaign.Campaign:7")
        chain.done("handOverGiftIssue", "giver", **gift)
        (transfer,) = chain.ask(
            "transfers { nodes { lines { nodes { done reserved } } } }", "admin"
        )["transfers"]["nodes"]
        (line,) = transfer["lines"]["nodes"]
        assert (Decimal(line["done"]), Decimal(line["reserved"])) == (done, left)

    chain.count("Tea", "HQ", 40)
    chain.work()

    assert reserved(chain) == 0
