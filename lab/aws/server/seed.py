"""What the emulated account holds before anyone uses it: the operator who runs Pulumi, and the EKS clusters."""

import json

from moto.core import DEFAULT_ACCOUNT_ID
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends

_administrator = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
# SHA-1 of a certificate of no one: AWS asks for a thumbprint and, for EKS, does not use it.
_thumbprint = "0" * 40


def create_operator(region: str, operator: dict[str, str]) -> None:
    """Makes an IAM user that may do everything, with the access key that the caller chose."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user(region, operator["userName"])
    iam.put_user_policy(operator["userName"], "administrator", _administrator)
    key = iam.create_access_key(operator["userName"])
    # moto finds a key by its id in this table, too.
    iam.access_keys[operator["accessKeyId"]] = iam.access_keys.pop(key.physical_resource_id)
    key.access_key_id = operator["accessKeyId"]
    key.secret_access_key = operator["secretAccessKey"]


def create_clusters(region: str, clusters: list[dict[str, str]]) -> None:
    """Makes EKS clusters, each with an OIDC issuer of its own and the IAM provider that trusts it.

    One that has no API server has the made-up address and authority of moto.
    """
    eks = eks_backends[DEFAULT_ACCOUNT_ID][region]
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for wanted in clusters:
        name = wanted["name"]
        cluster = eks.create_cluster(
            name=name, role_arn=f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/{name}", resources_vpc_config={}
        )
        # moto gives all clusters of a process one issuer; a role's trust must tell them apart.
        cluster.identity = {"oidc": {"issuer": wanted["issuer"]}}
        if "endpoint" in wanted:
            cluster.endpoint = wanted["endpoint"]
            cluster.certificate_authority = {"data": wanted["certificateAuthority"]}
        iam.create_open_id_connect_provider(wanted["issuer"], [_thumbprint], ["sts.amazonaws.com"], [])
