"""Bringing records in from files, and out into files."""

from dougong.builtin.import_export.run import How, Imported, import_file

__all__ = ["How", "Imported", "import_file"]
