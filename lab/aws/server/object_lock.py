"""Object Lock and versioning where moto 5.2.5 differs from S3.

The default retention of a bucket with objects can be changed
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html), and versioning of a bucket with
Object Lock cannot be suspended (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html): moto would
delete locked objects from then on.
"""

from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import FakeDeleteMarker, S3Backend


def install() -> None:
    S3Backend.put_object_lock_configuration = _put_object_lock_configuration  # type: ignore[method-assign]
    S3Backend.put_bucket_versioning = _put_bucket_versioning  # type: ignore[method-assign]
    # moto disposes of every version of a deleted object, and its delete markers lack the method.
    FakeDeleteMarker.dispose = lambda _marker: None  # type: ignore[attr-defined]


def _put_object_lock_configuration(
    backend: S3Backend,
    bucket_name: str,
    lock_enabled: bool,
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    bucket = backend.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode = mode
    bucket.default_lock_days = days
    bucket.default_lock_years = years


def _put_bucket_versioning(backend: S3Backend, bucket_name: str, status: str) -> None:
    bucket = backend.get_bucket(bucket_name)
    if bucket.object_lock_enabled and status != "Enabled":
        raise InvalidBucketState(
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        )
    bucket.versioning_status = status
