"""Verifies the signature of a request without a body as AWS does: over an empty one.

moto 5.2.5 takes what it has read from the path and the query for the body, so that it refuses such a request of every
client that does not send the body's checksum along, as the AWS CLI does not.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from typing import Any

from botocore.awsrequest import AWSRequest
from moto.iam.access_control import IAMRequestBase


def install() -> None:
    """Puts this reading of a request in the place of moto's."""
    as_moto_reads = IAMRequestBase._create_aws_request

    def create_aws_request(self: Any) -> AWSRequest:
        request = as_moto_reads(self)
        if self._method == "GET":
            request.data = b""
        return request

    IAMRequestBase._create_aws_request = create_aws_request  # type: ignore[method-assign]
