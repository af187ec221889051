"""Who looks at contracts for intellectual property."""

from dougong import Role, all_rows, change, read, update
from dougong_ip_compliance.with_sales_order.entities import ContractRights, RightsReviewRule
from dougong_ip_compliance.with_sales_order.permissions import REVIEW_RIGHTS
from dougong_party import Party
from dougong_sales_order import Contract

CONTRACT_REVIEWER = Role(
    "ip_compliance.contract_reviewer",
    "Looks at contracts for intellectual property, and says from which amount on.",
    grants=[
        REVIEW_RIGHTS,
        *change(RightsReviewRule),
        *(read(Contract), read(Party)),
    ],
    rows=[*map(all_rows, (RightsReviewRule, Contract, Party))],
)
CONTRACT_MARKER = Role(
    "ip_compliance.contract_marker",
    "Says which contracts touch intellectual property, of those that one may change.",
    grants=[update(ContractRights)],
)
