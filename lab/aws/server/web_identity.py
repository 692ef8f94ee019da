"""Lets a role be assumed with a web identity token by whom its trust policy names, and by no one else.

moto 5.2.5 asks for a signature, which such a request does not have, and would not look at the trust policy. Here the
token's claims are held against the policy's conditions; the token's own signature is not verified, because the lab's
issuers exist in name only.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import base64
import json
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from policies import condition_holds, matches_any

_action = "sts:AssumeRoleWithWebIdentity"


def install() -> None:
    signed = ActionAuthenticatorMixin._authenticate_and_authorize_action

    def authorize(self: Any, iam_request_cls: type, resource: str = "*") -> None:
        if self.service_name == "sts" and self._get_action() == "AssumeRoleWithWebIdentity":
            _authorize(self)
        else:
            signed(self, iam_request_cls, resource)

    ActionAuthenticatorMixin._authenticate_and_authorize_action = authorize  # type: ignore[method-assign]


def _authorize(response: Any) -> None:
    claims = _claims(response._get_param("WebIdentityToken"))
    try:
        role = iam_backends[response.current_account]["aws"].get_role_by_arn(response._get_param("RoleArn"))
    except NotFoundException:
        role = None
    statements = json.loads(role.assume_role_policy_document)["Statement"] if role else []
    if not any(_trusts(statement, claims) for statement in (statements if isinstance(statements, list) else [statements])):
        raise AccessDeniedError(user_arn=str(claims.get("sub", "unknown")), action=_action)


def _claims(token: str) -> dict[str, Any]:
    """What a JSON web token says; nothing, if it is none."""
    try:
        _, payload, _ = token.split(".")
        return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except ValueError:
        return {}


def _trusts(statement: dict[str, Any], claims: dict[str, Any]) -> bool:
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    federated = statement.get("Principal", {}).get("Federated", "")
    return (
        statement["Effect"] == "Allow"
        and matches_any(statement, "Action", _action, fold=True)
        and federated.endswith(f":oidc-provider/{issuer}")
        and all(
            _holds(operator, claims, issuer, key, wanted)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, claims: dict[str, Any], issuer: str, key: str, wanted: Any) -> bool:
    value = claims.get(key.removeprefix(f"{issuer}:")) if key.startswith(f"{issuer}:") else None
    # A token may name several audiences.
    values = value if isinstance(value, list) else [value]
    return any(condition_holds(operator, one, wanted) for one in values)
