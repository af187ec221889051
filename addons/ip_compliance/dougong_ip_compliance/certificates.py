"""Certificates: made when an application is granted, with the years' surveillance."""

from datetime import date

from dougong import Context, Invalid
from dougong_flow import add_months
from dougong_ip_compliance.entities import (
    CertificationApplication,
    ComplianceCertificate,
    Surveillance,
)

YEARS_OF_SURVEILLANCE = (1, 2)
"""In the third year it is certified anew."""


def certify(
    application: CertificationApplication,
    number: str,
    period: tuple[date, date],
    ctx: Context,
) -> ComplianceCertificate:
    """The certificate of an application; raises Invalid for a period of more than three years."""
    first, last = period
    if not first < last <= add_months(first, 36):
        raise Invalid("three_years", at="valid_until", last=add_months(first, 36))
    return ctx.create(
        ComplianceCertificate(
            application=application,
            number=number,
            valid_from=first,
            valid_until=last,
            surveillances=[
                Surveillance(
                    year=year,
                    opens_on=add_months(first, 12 * year - 3),
                    due_on=add_months(first, 12 * year),
                )
                for year in YEARS_OF_SURVEILLANCE
            ],
        )
    )
