"""Compliance of intellectual property: the ten steps to a certificate, and the register of rights."""

from dougong import AddOn, File, create, run
from dougong_flow import cancel as cancel_checklist
from dougong_flow import carry_out
from dougong_ip_compliance.entities import (
    ComplianceCertificate,
    ComplianceProgram,
    IpAsset,
    StandardEdition,
)

addon = AddOn(
    name="ip_compliance",
    title="Compliance of intellectual property",
    needs=["flow", "party"],
    bridges=["sales_order"],
    may=[create(File), run(carry_out), run(cancel_checklist)],
)

__all__ = ["ComplianceCertificate", "ComplianceProgram", "IpAsset", "StandardEdition", "addon"]
