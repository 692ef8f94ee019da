"""Returns a lifecycle configuration as it was put: moto 5.2.5 forgets filters by object size.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
"""

from typing import Any

from flask import request
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response


def install() -> None:
    put = S3Backend.put_bucket_lifecycle
    get = S3Response.get_bucket_lifecycle

    def put_bucket_lifecycle(self: S3Backend, bucket_name: str, rules: list[dict[str, Any]]) -> None:
        put(self, bucket_name, rules)
        self.get_bucket(bucket_name).lifecycle_document = request.get_data()  # type: ignore[attr-defined]

    def get_bucket_lifecycle(self: S3Response) -> Any:
        bucket = self.backend.get_bucket(self.bucket_name)
        if not bucket.rules:
            return get(self)
        return 200, {"content-type": "application/xml"}, bucket.lifecycle_document  # type: ignore[attr-defined]

    S3Backend.put_bucket_lifecycle = put_bucket_lifecycle  # type: ignore[method-assign]
    S3Response.get_bucket_lifecycle = get_bucket_lifecycle  # type: ignore[method-assign]
