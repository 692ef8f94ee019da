"""Tells the API server of an EKS cluster who a token is from, as the authenticator of EKS does.

A token of `aws eks get-token` is a presigned request to STS that carries the cluster's name in a signed header. The
authenticator sends it to STS, which tells whose key has signed it; here the signature is computed again.
https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
"""

import base64
import datetime
import hmac
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from wsgiref.types import WSGIApplication

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

_prefix = "k8s-aws-v1."
# The header that names the cluster, which has to be signed.
_cluster_header = "x-k8s-aws-id"
# For so long a token is good after it was signed, whatever it says of itself.
_valid = datetime.timedelta(minutes=15)


class _Refused(Exception):
    """A token that is nobody's, or not for these clusters."""


def reviewed(application: WSGIApplication, operator: str, *, path: str, clusters: list[str]) -> WSGIApplication:
    """The application beside the reviews of tokens for the clusters, at this path, to which nobody has to log in: it is the API server that asks.

    The operator has made the clusters and may do everything there. Nobody else has an access entry, and is refused.
    """

    def served(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path:
            return application(environ, start_response)
        review = json.loads(environ["wsgi.input"].read())
        answer = {key: review[key] for key in ("apiVersion", "kind")} | {"status": _status(review, operator, clusters)}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    return served


def _status(review: dict[str, Any], operator: str, clusters: list[str]) -> dict[str, Any]:
    try:
        user = _signer(review["spec"]["token"], clusters)
        if user.name != operator:
            raise _Refused(f"{user.arn} has no access entry")
    # What is no token at all can't be read as one.
    except (_Refused, ValueError, KeyError) as refusal:
        return {"authenticated": False, "error": str(refusal)}
    return {"authenticated": True, "user": {"username": user.arn, "groups": ["system:masters"]}}


def _signer(token: str, clusters: list[str]) -> Any:
    """The IAM user whose key has signed the token for one of the clusters."""
    if not token.startswith(_prefix):
        raise _Refused("the token is not one of aws eks get-token")
    encoded = token.removeprefix(_prefix)
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    query = dict(parse_qsl(url.query))
    signature = query.pop("X-Amz-Signature", "")
    signed_headers = query.get("X-Amz-SignedHeaders", "").split(";")
    if query.get("Action") != "GetCallerIdentity" or _cluster_header not in signed_headers:
        raise _Refused("the token is no signed question of who is calling, for a cluster")
    key_id, _, region, service, _ = query["X-Amz-Credential"].split("/")
    signed_at = datetime.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    if datetime.datetime.now(datetime.UTC) - signed_at > _valid:
        raise _Refused("the token has expired")
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    key = iam.access_keys.get(key_id)
    if service != "sts" or key is None:
        raise _Refused("the token is signed with no key of this account")
    auth = SigV4QueryAuth(Credentials(key_id, key.secret_access_key), service, region)
    for cluster in clusters:
        request = AWSRequest("GET", url._replace(query=urlencode(query)).geturl(), headers={_cluster_header: cluster})
        request.context["timestamp"] = query["X-Amz-Date"]
        canonical = auth.canonical_request(request)
        if hmac.compare_digest(auth.signature(auth.string_to_sign(request, canonical), request), signature):
            return iam.get_user(key.user_name)
    raise _Refused(f"the token is signed for none of {', '.join(clusters)}")
