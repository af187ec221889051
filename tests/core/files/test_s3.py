"""A bucket keeps bytes as a folder does; where DOUGONG_TEST_S3 names one: `s3://bucket/prefix`."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_keeping import Kept, sha256

from dougong.builtin.files.keeping import keep_bytes
from dougong.builtin.files.stores import Store, store_of
from dougong.testing.databases import Databases

PLACE = os.environ.get("DOUGONG_TEST_S3", "")
pytestmark = pytest.mark.skipif(not PLACE, reason="DOUGONG_TEST_S3 names no bucket")


class InBucket(Kept):
    """A database whose bytes are in a bucket, under a prefix of the test's own."""

    bucket: Store

    def keep_in_bucket(self, content: bytes) -> str:
        return keep_bytes(self.engine, [content], self.bucket).sha256

    def listed(self) -> list[str]:
        """What lies in the bucket."""
        some = (f"{one:02x}" for one in range(256))
        return sorted(name for one in some for name, _since in self.bucket.listed(one))


@pytest.fixture
def kept(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InBucket]:
    monkeypatch.setenv("DOUGONG_FILES", f"{PLACE}/{secrets.token_hex(4)}")
    made = InBucket(databases.clone("crm"), tmp_path / "files")
    made.bucket = store_of(tmp_path)
    yield made
    made.engine.dispose()


def test_bytes_are_put_read_from_anywhere_and_removed(kept: InBucket) -> None:
    content = os.urandom(9_000_000)  # more than one part
    found = kept.keep_in_bucket(content)

    with kept.bucket.open(found) as opened:
        assert opened.read(10) == content[:10]
        assert opened.seek(8_000_000) == 8_000_000
        assert opened.read() == content[8_000_000:]
    assert kept.listed() == [sha256(content)]
    assert list((kept.folder).glob(".*")) == []
    kept.bucket.remove(found)
    kept.bucket.remove(found)
    assert kept.listed() == []
    with pytest.raises(FileNotFoundError):
        kept.bucket.open(found)


def test_the_same_bytes_are_put_once(kept: InBucket) -> None:
    kept.keep_in_bucket(b"once")
    kept.keep_in_bucket(b"once")

    assert kept.listed() == [sha256(b"once")]


def test_what_no_file_names_is_swept(kept: InBucket) -> None:
    kept.attached(keep_bytes(kept.engine, [b"named"], kept.bucket))
    kept.keep_in_bucket(b"not named")
    kept.sql("update dougong.content set used_at = now() - interval '25 hours'")

    kept.sweep(kept.bucket)

    assert kept.listed() == [sha256(b"named")]


def test_a_server_that_cannot_be_reached_leaves_no_row(
    kept: InBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOUGONG_FILES", "s3://no-such-bucket-here/x")
    bucket = store_of(kept.folder.parent)

    with pytest.raises(OSError, match=r"cannot be used|No such file|not found"):
        keep_bytes(kept.engine, [b"lost"], bucket)

    assert kept.sql("select count(*) from dougong.content") == 0
