"""Evaluates bucket and identity policies with their conditions.

moto 5.2.5 reads a statement whose condition it cannot check as a denial, whatever the statement's effect: a bucket
policy such as "deny what comes without TLS" would refuse every object. Here the conditions that the archive's policies
use are evaluated against the request; any other operator or key is an error, never a guess.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

`aws:SecureTransport` is what the listener says that a request came over: TLS, plain HTTP, or the plain HTTP of the lab
itself, which never leaves the machine and counts as TLS.
"""

import fnmatch
import json
from collections.abc import Iterable
from typing import Any
from wsgiref.types import WSGIApplication

from flask import request
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket
from moto.s3.responses import ACTION_MAP

# Where a listener notes for the policies whether its requests count as sent over TLS.
_secure_transport = "chattingo.secure_transport"


# Headers in which a request asks for an encryption; each is a condition key by the same name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
_encryption_headers = (
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
)


class UnsupportedPolicy(Exception):
    """A policy element that this evaluation does not know."""


def install() -> None:
    """Puts this evaluation in the place of moto's, for bucket policies and for the policies of users and roles."""
    FakeBucket.get_permission = _bucket_permission  # type: ignore[method-assign]
    moto_evaluation = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(
        self: IAMPolicyStatement,
        action: str,
        resource: str = "*",
        principal: str | None = None,
        incoming_condition_values: dict[str, str] | None = None,
    ) -> PermissionResult:
        if principal is not None:
            return moto_evaluation(self, action, resource, principal, incoming_condition_values)
        return _evaluate(self._statement, action, resource, _request_context())

    IAMPolicyStatement.is_action_permitted = is_action_permitted  # type: ignore[method-assign]
    for kind, method, names in _missing_actions:
        ACTION_MAP[kind][method].update(names)
    by_identity = ActionAuthenticatorMixin._authenticate_and_authorize_s3_action

    def authorize(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        by_identity(self, bucket_name, key_name)
        bucket = self.backend.buckets.get(bucket_name)
        if bucket is not None and key_name is None:
            # moto holds bucket policies against requests for objects only.
            _bucket_permission(bucket, f"s3:{self._get_action()}", bucket.arn)

    ActionAuthenticatorMixin._authenticate_and_authorize_s3_action = authorize  # type: ignore[method-assign]


def over(application: WSGIApplication, *, secure: bool) -> WSGIApplication:
    """The application for a listener whose requests count as sent over TLS, or over plain HTTP."""

    def served(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[_secure_transport] = secure
        return application(environ, start_response)

    return served


def _bucket_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    statements = json.loads(bucket.policy.decode())["Statement"]
    if resource != bucket.arn:
        action = _object_action(action)
    context = _request_context()
    results = [
        _evaluate(statement, action, resource, context)
        for statement in (statements if isinstance(statements, list) else [statements])
        if concerns_everyone(statement)
    ]
    if PermissionResult.DENIED in results:
        # moto answers a denial without a body, which leaves the client without a reason.
        raise S3AccessDeniedError
    return PermissionResult.PERMITTED if PermissionResult.PERMITTED in results else PermissionResult.NEUTRAL


def _object_action(action: str) -> str:
    """The permission for a subresource of an object, such as its ACL; moto names the action after the method alone."""
    names = ACTION_MAP["KEY"].get(request.method, {})
    return next((f"s3:{names[part]}" for part in request.args if part in names), action)


def concerns_everyone(statement: dict[str, Any]) -> bool:
    """Whether a statement of a bucket policy names no one in particular."""
    return statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})


def _request_context() -> dict[str, str]:
    """Condition keys by what this request carries: a part knows nothing of the headers that its upload began with."""
    headers = request.headers
    secure = request.environ[_secure_transport]
    values = {
        "aws:securetransport": "true" if secure else "false",
        "s3:tlsversion": "1.3" if secure else None,
        **{f"s3:{name}": headers.get(name) for name in _encryption_headers},
        "s3:prefix": request.args.get("prefix"),
    }
    return {name: value for name, value in values.items() if value}


# Requests that AWS authorizes by a permission of another name (moto asks for one named after the request):
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_permissions = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    # Starting and completing a multipart upload are POST requests.
    "s3:PostObject": "s3:PutObject",
}


# Permissions that moto does not know: it would ask for that of putting an object, of creating or of listing a bucket.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_missing_actions = (
    ("KEY", "PUT", {"retention": "PutObjectRetention", "legal-hold": "PutObjectLegalHold"}),
    ("KEY", "GET", {"retention": "GetObjectRetention", "legal-hold": "GetObjectLegalHold"}),
    (
        "BUCKET",
        "PUT",
        {
            "encryption": "PutEncryptionConfiguration",
            "publicAccessBlock": "PutBucketPublicAccessBlock",
            "ownershipControls": "PutBucketOwnershipControls",
            "object-lock": "PutBucketObjectLockConfiguration",
        },
    ),
    (
        "BUCKET",
        "GET",
        {
            "encryption": "GetEncryptionConfiguration",
            "publicAccessBlock": "GetBucketPublicAccessBlock",
            "ownershipControls": "GetBucketOwnershipControls",
            "object-lock": "GetBucketObjectLockConfiguration",
        },
    ),
    (
        "BUCKET",
        "DELETE",
        {
            "encryption": "PutEncryptionConfiguration",
            "publicAccessBlock": "PutBucketPublicAccessBlock",
            "ownershipControls": "PutBucketOwnershipControls",
        },
    ),
)


def _evaluate(statement: dict[str, Any], action: str, resource: str, context: dict[str, str]) -> PermissionResult:
    concerned = (
        matches_any(statement, "Action", _permissions.get(action, action), fold=True)
        and matches_any(statement, "Resource", resource, fold=False)
        and all(
            _request_condition_holds(operator, key.lower(), wanted, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )
    if not concerned:
        return PermissionResult.NEUTRAL
    return PermissionResult.PERMITTED if statement["Effect"] == "Allow" else PermissionResult.DENIED


def matches_any(statement: dict[str, Any], element: str, value: str, *, fold: bool) -> bool:
    """Whether a statement's `element`, or `Not` and `element`, concerns the value; `fold` ignores case."""
    negated = f"Not{element}" in statement
    patterns = _as_list(statement.get(f"Not{element}" if negated else element, "*"))
    if fold:
        value, patterns = value.lower(), [pattern.lower() for pattern in patterns]
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns) != negated


_known_keys = {"aws:securetransport", "s3:tlsversion", "s3:prefix", *(f"s3:{name}" for name in _encryption_headers)}


def _request_condition_holds(operator: str, key: str, wanted: Any, context: dict[str, str]) -> bool:
    if key not in _known_keys:
        raise UnsupportedPolicy(f"condition key {key} of a policy is not known to the emulated AWS")
    return condition_holds(operator, context.get(key), wanted)


def condition_holds(operator: str, actual: str | None, wanted: Any) -> bool:
    """Whether a condition holds for the actual value of its key; a key without a value is `None`."""
    values = [str(value).lower() if isinstance(value, bool) else str(value) for value in _as_list(wanted)]
    if operator == "Null":
        return (actual is None) == (values[0].lower() == "true")
    if operator.endswith("IfExists"):
        if actual is None:
            return True
        operator = operator.removesuffix("IfExists")
    negated = operator in ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike")
    if actual is None:
        return negated
    if operator in ("StringEquals", "StringNotEquals", "Bool"):
        return any(actual == value for value in values) != negated
    if operator in ("StringLike", "StringNotLike", "ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"):
        return any(fnmatch.fnmatchcase(actual, value) for value in values) != negated
    if operator == "NumericLessThan":
        return float(actual) < float(values[0])
    raise UnsupportedPolicy(f"condition operator {operator} of a policy is not known to the emulated AWS")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
