"""Files that the server in front sends: the shop names the place, and nginx, Apache or Caddy does the work."""

from pathlib import Path
from urllib.parse import quote

from flask import Response

from storefront.settings import settings


def leave_to_proxy(response: Response, storage_key: str, path: Path) -> None:
    """Name the file that the server in front sends with this response, in the header that it reads."""
    header = settings().SENDFILE_HEADER
    is_nginx = header == "X-Accel-Redirect"
    place = f"{settings().SENDFILE_PREFIX.rstrip('/')}/{quote(storage_key)}" if is_nginx else str(path)
    response.headers[header] = place
    del response.headers["ETag"], response.headers["Content-Length"]  # the server in front makes its own
