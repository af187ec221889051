"""Bringing records in from files."""

from dougong.builtin.import_export.mapping import Columns, read_columns
from dougong.builtin.import_export.run import Imported, import_file

__all__ = ["Columns", "Imported", "import_file", "read_columns"]
