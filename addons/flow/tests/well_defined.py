"""What tests say in every definition and step, so that nothing keeps a version from being approved."""

from typing import Any

MEANT = {
    "goals": "Customers stay",
    "value_for": "What they asked for, on the day that was promised",
    "success_metric": "Nine of ten are on time",
}
"""What a definition is for, besides its purpose."""
TEXTS_OF_A_STEP = ("description", "guide", "standard")
KEY_STEP: dict[str, Any] = {
    "is_key": True,
    "key_points": ["Take care"],
    "goal": "It is right at once",
    "assessment": "One of ten is looked at again",
    "control_points": [
        {"key": "again", "risk": "It is wrong", "objective": "DECISION", "check": "Is it right?"}
    ],
}
"""What a key step says besides; its control point is not mandatory."""
