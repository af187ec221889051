"""The faults that are not refused yet, or not with a sentence that helps: the tests fail as said."""

NOT_REFUSED: dict[str, str] = {
    "field_name_of_sqlalchemy": "is installed",
    "foreign_write_without_may": "is installed",
    "migration_concurrently": "names another file",
    "migration_changes_rows_of_another": "is installed",
    "migration_makes_another_schema": "is installed",
    "migration_without_upgrade": "names another file",
    "thread_at_import": "is installed",
    "sleeps_at_import": "hangs for more than a minute",
}
"""What happens instead, by the fault's name."""
