"""Lists the parts of a multipart upload with their SHA-256, as S3 does and moto 5.2.5 does not.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
"""

import base64
import hashlib
from typing import Any

from moto.s3.responses import S3Response


def install() -> None:
    list_parts = S3Response.list_parts

    def with_checksums(self: S3Response) -> Any:
        status, headers, body = list_parts(self)
        upload = self.backend.get_bucket(self.bucket_name).multiparts[self._get_param("uploadId")]
        text = body.decode() if isinstance(body, bytes) else body
        if upload.metadata.get("x-amz-checksum-algorithm") == "SHA256":
            for number, part in upload.parts.items():
                checksum = base64.b64encode(hashlib.sha256(part.value).digest()).decode()
                element = f"<PartNumber>{number}</PartNumber>"
                text = text.replace(element, f"{element}<ChecksumSHA256>{checksum}</ChecksumSHA256>")
        return status, headers, text

    S3Response.list_parts = with_checksums  # type: ignore[method-assign]
