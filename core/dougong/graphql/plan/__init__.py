"""Reads compiled: all root fields of a document become one SQL statement whose text is the answer."""
