"""Uploaded pictures, decoded and encoded anew: nothing of the file that somebody sent is kept or shown.

The type is read from the content, never from a name. What a header announces is checked before anything is decoded.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from PIL import Image, ImageCms, ImageOps

from storefront.domain.picture import (
    SHARING_HEIGHT,
    SHARING_WIDTH,
    WIDTHS,
    digest_of,
    ending,
    sharing_ending,
    widths_of,
)
from storefront.errors import PictureRefused
from storefront.serving.admission_queue import slot_released

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""Decoded it takes 200 MB; a phone's picture has 12 to 50 million."""

MIN_SIDE = 100
MAX_RATIO = 10
"""How many times longer than the other a side may be: a WebP has no more than 16 383 pixels on a side."""

_WEBP_QUALITY, _JPEG_QUALITY = 82, 85
_HEAD = 4096
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture as browsers get it: `files` by the ending of their names, `digest` of all of them."""

    digest: str
    width: int
    height: int
    files: Mapping[str, bytes]


def encode(stream: IO[bytes]) -> EncodedPicture:
    """Return an upload in all widths, upright and in sRGB, without metadata; of an animation, the first frame.

    Raises `PictureRefused` with the reason. The work takes up to a second, so it needs no slot, and is done for one
    picture at a time, because of the memory.
    """
    format_name = _format_of(stream)
    with slot_released(), _one_at_a_time:
        picture = _decode(stream, format_name)
        return _encode(picture)


def _format_of(stream: IO[bytes]) -> str:
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    if not head:
        raise PictureRefused(reason="empty")
    if size > MAX_BYTES:
        raise PictureRefused(reason="too_many_bytes", megabytes=MAX_BYTES // 1024 // 1024)
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF"
    raise PictureRefused(reason="svg" if b"<svg" in head.lower() else "type")


def _decode(stream: IO[bytes], format_name: str) -> Image.Image:
    try:
        with Image.open(stream, formats=(format_name,)) as image:
            _check_size(*image.size)
            image.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))  # a JPEG can be decoded at a half or a quarter
            image.load()
            return _in_srgb(ImageOps.exif_transpose(image))
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except Exception as error:  # decoders raise whatever they like at what is broken
        raise PictureRefused(reason="broken") from error


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large()
    if min(width, height) < MIN_SIDE:
        raise PictureRefused(reason="too_small", pixels=MIN_SIDE)
    if max(width, height) > MAX_RATIO * min(width, height):
        raise PictureRefused(reason="too_long", times=MAX_RATIO)


def _too_large() -> PictureRefused:
    return PictureRefused(reason="too_many_pixels", megapixels=MAX_PIXELS // 1_000_000)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return an image as RGB or RGBA with the colours that its profile means, and nothing else of it."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")  # sixteen bits
    elif image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        image = image.convert(mode)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            shown = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
            image = shown or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile, or one of another kind of picture: the colours as they are
    if image.mode != mode:
        image = image.convert(mode)
    if mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    image.info.clear()
    return image


def _encode(image: Image.Image) -> EncodedPicture:
    widths = widths_of(image.width)
    largest = image = _resized(image, widths[-1])
    files = {sharing_ending(): _saved(_for_sharing(image), "JPEG", quality=_JPEG_QUALITY)}
    for width in reversed(widths):
        image = _resized(image, width)
        files[ending(width)] = _saved(image, "WEBP", quality=_WEBP_QUALITY, method=4)
    return EncodedPicture(digest_of(files), *largest.size, files)


def _resized(image: Image.Image, width: int) -> Image.Image:
    """Return an image that is so wide at most; it is never enlarged."""
    if image.width <= width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _for_sharing(image: Image.Image) -> Image.Image:
    """Return an image as other sites show it: on white where it is smaller than what they want at least."""
    shown = _flattened(_resized(image, SHARING_WIDTH))
    size = max(shown.width, SHARING_WIDTH), max(shown.height, SHARING_HEIGHT)
    if size == shown.size:
        return shown
    white = Image.new("RGB", size, "white")
    white.paste(shown, ((size[0] - shown.width) // 2, (size[1] - shown.height) // 2))
    return white


def _flattened(image: Image.Image) -> Image.Image:
    """Return an image on white: a JPEG has no transparency."""
    if image.mode == "RGB":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _saved(image: Image.Image, format_name: str, **options: int) -> bytes:
    out = BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()
