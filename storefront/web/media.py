"""Pictures of products, under names that change with their content: a browser keeps them for ever.

The policy of the pages allows pictures of the shop's own address only, so those in a bucket pass through the shop, too.
"""

from flask import Blueprint, Response, request

from storefront.services.catalogue import pictures
from storefront.settings import settings
from storefront.web.sending import leave_to_proxy

bp = Blueprint("media", __name__)
_FOR_EVER = "public, max-age=31536000, immutable"


@bp.get("/media/<name>")
def picture(name: str) -> Response:
    """Send a file of a picture."""
    file = pictures.open_file(name)
    response = Response(mimetype=file.media_type, direct_passthrough=True)
    response.headers["Cache-Control"] = _FOR_EVER
    response.set_etag(name)
    if name in request.if_none_match:
        response.status_code = 304
    elif file.local_path is not None and settings().SENDFILE_HEADER:
        leave_to_proxy(response, file.storage_key, file.local_path)
    else:
        response.response = file.pieces
        response.content_length = file.size
    return response
