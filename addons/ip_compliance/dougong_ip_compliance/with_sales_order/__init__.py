"""Compliance with sales orders: contracts that touch rights are looked at before they are signed."""

from dougong import Bridge
from dougong_ip_compliance.with_sales_order.actions import review_rights
from dougong_ip_compliance.with_sales_order.entities import (
    ContractRights,
    RightsReviewRule,
    RightsVerdict,
)
from dougong_ip_compliance.with_sales_order.requiring import ip_review_required

bridge = Bridge(title="Contracts are looked at for intellectual property")

__all__ = [
    "ContractRights",
    "RightsReviewRule",
    "RightsVerdict",
    "bridge",
    "ip_review_required",
    "review_rights",
]
