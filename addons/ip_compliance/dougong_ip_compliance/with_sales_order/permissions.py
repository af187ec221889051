"""Who says that a contract may be signed, as far as rights are concerned."""

from dougong import Permission

REVIEW_RIGHTS = Permission(
    "ip_compliance.review_rights",
    "Say whether contracts may be signed, as far as intellectual property is concerned.",
)
