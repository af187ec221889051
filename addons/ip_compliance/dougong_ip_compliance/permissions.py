"""What people may do in a compliance programme, beyond reading and writing the records."""

from dougong import Permission

MANAGE = Permission(
    "ip_compliance.manage",
    "Run programmes: start them, bring in standards, apply for certificates.",
)
DIAGNOSE = Permission("ip_compliance.diagnose", "Write the diagnosis report of a programme.")
WRITE = Permission("ip_compliance.write", "Hand documents in for review.")
REVIEW = Permission("ip_compliance.review", "Review documents that others have written.")
APPROVE = Permission("ip_compliance.approve", "Approve documents that others have reviewed.")
DIRECT = Permission(
    "ip_compliance.direct",
    "Act for the top management: adopt the policy, issue documents, lead reviews, accept risks.",
)
AUDIT = Permission("ip_compliance.audit", "Do audits and report what they found.")
CORRECT = Permission(
    "ip_compliance.correct", "Plan what is done about findings, risks and incidents, and do it."
)
VERIFY = Permission(
    "ip_compliance.verify",
    "Verify what others did about findings, risks and incidents, and close them.",
)
ASSESS = Permission("ip_compliance.assess", "Say how far obligations are kept.")
KEEP_ASSETS = Permission(
    "ip_compliance.keep_assets", "Keep the register of rights, and settle reminders."
)
SEE_PROGRESS = Permission("ip_compliance.see_progress", "See the reports about programmes.")
SEE_FEES = Permission("ip_compliance.see_fees", "See which fees are due.")
