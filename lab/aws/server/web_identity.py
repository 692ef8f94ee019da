"""Lets a role be assumed with a web identity token by whom its trust policy names, and by no one else.

moto 5.2.5 asks for a signature of the request, which such a one does not have, and would look at neither the token nor
the trust policy. Here the token's own signature and its time are verified with the issuer's public key, and its claims
are held against the policy's conditions. AWS fetches the key from the issuer's address; here it is in a file that the
lab names. The audiences that the IAM provider itself lists are not looked at.
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import base64
import json
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import RSAKey
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.exceptions import STSClientError
from moto.sts.responses import TokenResponse
from policies import condition_holds, matches_any

_action = "sts:AssumeRoleWithWebIdentity"


def install(issuer_key_files: dict[str, str]) -> None:
    """Verifies tokens by the public key of their issuer: a PEM file, read when a token comes, by the issuer's URL."""
    signed = ActionAuthenticatorMixin._authenticate_and_authorize_action
    assume = TokenResponse.assume_role_with_web_identity

    def authorize(self: Any, iam_request_cls: type, resource: str = "*") -> None:
        if self.service_name != "sts" or self._get_action() != "AssumeRoleWithWebIdentity":
            signed(self, iam_request_cls, resource)

    def assume_role_with_web_identity(self: TokenResponse) -> ActionResult:
        _authorize(self, issuer_key_files)
        return assume(self)

    ActionAuthenticatorMixin._authenticate_and_authorize_action = authorize  # type: ignore[method-assign]
    TokenResponse.assume_role_with_web_identity = assume_role_with_web_identity  # type: ignore[method-assign]


def _authorize(response: TokenResponse, issuer_key_files: dict[str, str]) -> None:
    claims = _verified_claims(response._get_param("WebIdentityToken"), issuer_key_files)
    try:
        role = iam_backends[response.current_account]["aws"].get_role_by_arn(response._get_param("RoleArn"))
    except NotFoundException:
        role = None
    statements = json.loads(role.assume_role_policy_document)["Statement"] if role else []
    if not any(_trusts(statement, claims) for statement in (statements if isinstance(statements, list) else [statements])):
        raise AccessDeniedError(user_arn=str(claims.get("sub", "unknown")), action=_action)


def _verified_claims(token: str, issuer_key_files: dict[str, str]) -> dict[str, Any]:
    """What a token says whose issuer has signed it and that has not expired."""
    key_file = issuer_key_files.get(_issuer(token))
    if key_file is None:
        raise STSClientError("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
    try:
        verified = jwt.decode(token, RSAKey.import_key(Path(key_file).read_bytes()), algorithms=["RS256"])
        jwt.JWTClaimsRegistry(exp={"essential": True}).validate(verified.claims)
    except ExpiredTokenError as error:
        raise STSClientError("ExpiredTokenException", "Token expired") from error
    except JoseError as error:
        raise STSClientError("InvalidIdentityToken", f"The token is not valid: {error}") from error
    return verified.claims


def _issuer(token: str) -> str:
    """Who a token says that it is from; nobody, if it is no JSON web token."""
    try:
        _, payload, _ = token.split(".")
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("iss"))
    except (ValueError, AttributeError):
        return ""


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
