"""Refuses an object whose bytes are not those its sender measured, as S3 does and moto 5.2.5 does not.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any
from wsgiref.types import WSGIApplication

_refusal = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>BadDigest</Code>'
    b"<Message>The SHA256 you specified did not match the calculated checksum.</Message></Error>"
)


def verified(application: WSGIApplication) -> WSGIApplication:
    """The application behind a check of `x-amz-checksum-sha256` on bodies that are sent in one piece.

    They are in memory by then (http_server.py).
    """

    def checked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        expected = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
        encoding = environ.get("HTTP_CONTENT_ENCODING", "")
        length = environ.get("CONTENT_LENGTH")
        if environ["REQUEST_METHOD"] == "PUT" and expected and length and "aws-chunked" not in encoding:
            body = environ["wsgi.input"].getvalue()
            if base64.b64encode(hashlib.sha256(body).digest()).decode() != expected:
                start_response("400 Bad Request", [("Content-Type", "application/xml")])
                return [_refusal]
        return application(environ, start_response)

    return checked
