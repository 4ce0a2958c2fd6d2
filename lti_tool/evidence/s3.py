"""Files in an S3-compatible bucket, by the library obstore (the extra ``s3``).

obstore is one typed wheel of 6 MB around the Rust crate object_store, without dependencies;
boto3 brings 17 MB of descriptions of services that we do not use.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Self
from urllib.parse import parse_qs, urlsplit

from lti_tool.evidence.errors import NoSuchFile, store_is_away
from lti_tool.evidence.store import CHUNK, Stored

MISSING = "TRELLIS_EVIDENCE_URL names a bucket, which needs: pip install trellis-wbl[s3]"
PIECE = 5 * 1024 * 1024
"""The smallest part of a multipart upload that S3 takes."""
TRIES: dict[str, Any] = {"max_retries": 3}
_PARTS = {"endpoint", "region", "prefix"}


class BucketStore:
    """A bucket, or a folder of one."""

    def __init__(self, bucket: Any) -> None:
        """Use *bucket*, an obstore store."""
        import obstore

        self._bucket, self._s3 = bucket, obstore

    @classmethod
    def at(cls, url: str, *, key: str, secret: str) -> Self:
        """Return the store at ``s3://bucket/folder?endpoint=https://...&region=...``.

        Raises:
            ValueError: The address or the key cannot be used, or the library is not there.
        """
        parts = urlsplit(url)
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if not parts.netloc or set(said) - _PARTS:
            raise ValueError("TRELLIS_EVIDENCE_URL must look like s3://bucket?endpoint=...")
        if not (key and secret):
            raise ValueError("a bucket needs TRELLIS_EVIDENCE_KEY and TRELLIS_EVIDENCE_SECRET")
        try:
            from obstore.store import S3Store
        except ImportError:
            raise ValueError(MISSING) from None
        endpoint = said.get("endpoint")
        return cls(
            S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                config={
                    "access_key_id": key,
                    "secret_access_key": secret,
                    "region": said.get("region", "us-east-1"),
                    **({"endpoint": endpoint} if endpoint else {}),
                },
                client_options={
                    "timeout": "60s",
                    "connect_timeout": "10s",
                    "allow_http": bool(endpoint and endpoint.startswith("http://")),
                },
                retry_config=TRIES,  # type: ignore[arg-type]
            )
        )

    def put(self, key: str, content: BinaryIO) -> None:
        """Upload *content*; a bucket shows an object only when it is there whole."""
        with _in_words():
            self._s3.put(self._bucket, key, content, chunk_size=PIECE, max_concurrency=2)

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Yield a part of an object as it comes in."""
        if length <= 0:
            return iter(())
        with _in_words(key):
            span = (start, start + length)
            answer = self._s3.get(self._bucket, key, options={"range": span})
        return _chunks(answer.stream(min_chunk_size=CHUNK))

    def size(self, key: str) -> int:
        """Return an object's size in bytes."""
        with _in_words(key):
            return int(self._s3.head(self._bucket, key)["size"])

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, one by one: not every S3-compatible store can take a list."""
        for key in keys:
            with _in_words(key, missing_is_fine=True):
                self._s3.delete(self._bucket, key)

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield the objects below a prefix."""
        with _in_words():
            for batch in self._s3.list(self._bucket, prefix.rstrip("/"), chunk_size=1_000):
                for found in batch:
                    yield Stored(
                        key=found["path"], size=found["size"], changed_at=found["last_modified"]
                    )


def _chunks(stream: Iterable[Any]) -> Iterator[bytes]:
    with _in_words():
        for chunk in stream:
            yield bytes(chunk)


@contextmanager
def _in_words(key: str | None = None, *, missing_is_fine: bool = False) -> Iterator[None]:
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (FileNotFoundError, NotFoundError):
        if missing_is_fine:
            return
        if key is None:
            raise store_is_away() from None
        raise NoSuchFile(key) from None
    except (BaseError, OSError):
        # Not chained: obstore's texts hold the whole answer of the store.
        raise store_is_away() from None
