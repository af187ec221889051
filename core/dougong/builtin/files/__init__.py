"""Files that hang on records: kept once, under the rules of the record, uploaded and downloaded.

For other features: `keep_bytes(engine, pieces)` puts bytes into the store, outside a transaction;
`attach(ctx, record, name, content_type, kept)` hangs them on a record within one; `open_file(file)`
reads them.
"""

from dougong.builtin.files.entities import File
from dougong.builtin.files.keeping import Content, attach, keep_bytes, open_file

__all__ = ["Content", "File", "attach", "keep_bytes", "open_file"]
