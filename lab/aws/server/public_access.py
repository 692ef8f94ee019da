"""Keeps the public out of a bucket, as S3 does where its owner says so; moto 5.2.5 only stores what the owner says.

Requests without a signature are always refused here, also in buckets that would let them in.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

import json
from typing import Any

from flask import request
from moto.core.authorization import ActionAuthenticatorMixin
from moto.s3.exceptions import S3AccessDeniedError, S3ClientError
from moto.s3.models import FakeBucket
from policies import UnsupportedPolicy, concerns_everyone

_public_acls = ("public-read", "public-read-write", "authenticated-read")
_public_groups = ("groups/global/AllUsers", "groups/global/AuthenticatedUsers")


def install() -> None:
    """Refuses what would open a bucket, of what its policy and those of the sender allow."""
    authorized = ActionAuthenticatorMixin._authenticate_and_authorize_s3_action

    def authorize(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        if "Authorization" not in request.headers:
            raise S3AccessDeniedError
        authorized(self, bucket_name, key_name)
        bucket = self.backend.buckets.get(bucket_name)
        if bucket is not None and request.method in ("PUT", "POST"):
            _refuse_acl(bucket)
            if self._get_action() == "PutBucketPolicy":
                _refuse_public_policy(bucket)

    ActionAuthenticatorMixin._authenticate_and_authorize_s3_action = authorize  # type: ignore[method-assign]


def _refuse_acl(bucket: FakeBucket) -> None:
    canned = request.headers.get("x-amz-acl", "")
    granted = "".join(value for name, value in request.headers if name.lower().startswith("x-amz-grant-"))
    written = request.get_data(as_text=True) if "acl" in request.args else ""
    names_acl = canned not in ("", "bucket-owner-full-control") or granted or written
    if names_acl and bucket.ownership_rule == "BucketOwnerEnforced":
        raise S3ClientError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    is_public = canned in _public_acls or any(group in granted + written for group in _public_groups)
    if is_public and bucket.public_access_block and bucket.public_access_block.block_public_acls:
        raise S3AccessDeniedError


def _refuse_public_policy(bucket: FakeBucket) -> None:
    statements = json.loads(request.get_data())["Statement"]
    opening = [
        statement
        for statement in (statements if isinstance(statements, list) else [statements])
        if statement["Effect"] == "Allow" and concerns_everyone(statement)
    ]
    if any("Condition" in statement for statement in opening):
        raise UnsupportedPolicy("the emulated AWS cannot tell whether a condition keeps the public out")
    if opening and bucket.public_access_block and bucket.public_access_block.block_public_policy:
        raise S3AccessDeniedError
