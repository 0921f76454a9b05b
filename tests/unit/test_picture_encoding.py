"""Uploaded pictures: what is refused, and what becomes of the others; all files are really made."""

import struct
import time
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from storefront.errors import PictureRefused
from storefront.services.catalogue.picture_encoding import MAX_BYTES, EncodedPicture, encode

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
RED, BLUE = (200, 30, 30), (30, 30, 200)


def drawn(width: int = 900, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue, with a gradient from top to bottom."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height))
    image.paste(Image.linear_gradient("L").resize((width, height // 10)), (0, height - height // 10))
    return image.convert(mode)


def made(format_name: str = "JPEG", image: Image.Image | None = None, **options: Any) -> bytes:
    out = BytesIO()
    (image or drawn()).save(out, format_name, **options)
    return out.getvalue()


def reason_of(data: bytes) -> str:
    with pytest.raises(PictureRefused) as caught:
        encode(BytesIO(data))
    return str(caught.value.data["reason"])


def opened(picture: EncodedPicture, ending: str) -> Image.Image:
    return Image.open(BytesIO(picture.files[ending]))


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG with any header and chunks."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IEND", b"")]
    body = (struct.pack(">I", len(b)) + a + b + struct.pack(">I", zlib.crc32(a + b)) for a, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


# What is taken


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_type_becomes_webp_in_three_widths_and_a_jpeg(format_name: str) -> None:
    picture = encode(BytesIO(made(format_name, drawn(1800, 1200))))
    assert set(picture.files) == {"-320.webp", "-640.webp", "-1280.webp", ".jpg"}
    assert (picture.width, picture.height) == (1280, 853)
    sizes = {ending: (opened(picture, ending).format, *opened(picture, ending).size) for ending in picture.files}
    assert sizes == {
        "-320.webp": ("WEBP", 320, 213),
        "-640.webp": ("WEBP", 640, 426),
        "-1280.webp": ("WEBP", 1280, 853),
        ".jpg": ("JPEG", 1200, 800),
    }
    for ending in picture.files:
        shown = opened(picture, ending).convert("RGB")
        left, right = shown.getpixel((10, 10)), shown.getpixel((shown.width - 10, 10))
        assert left[0] > 150 > left[2]  # type: ignore[index]
        assert right[2] > 150 > right[0]  # type: ignore[index]


@pytest.mark.parametrize(("width", "widths"), [(200, [200]), (320, [320]), (500, [320, 500]), (1280, [320, 640, 1280])])
def test_nothing_is_enlarged(width: int, widths: list[int]) -> None:
    picture = encode(BytesIO(made(image=drawn(width, 150))))
    assert set(picture.files) == {".jpg", *(f"-{one}.webp" for one in widths)}
    shared = opened(picture, ".jpg").convert("RGB")
    assert shared.size == (1200, 630), "other sites want so much at least: the picture stands on white"
    assert shared.getpixel((3, 3)) == (255, 255, 255)
    assert shared.getpixel((600, 315)) != (255, 255, 255)


def test_the_same_picture_has_the_same_name_and_another_another() -> None:
    first, again = (encode(BytesIO(made("PNG"))) for _ in range(2))
    assert first == again
    assert len(first.digest) == 32
    assert encode(BytesIO(made("PNG", drawn(901)))).digest != first.digest


def test_a_name_and_a_type_that_lie_change_nothing() -> None:
    """The function is told neither: a PNG that was sent as `photo.jpg` is a PNG."""
    stream = BytesIO(made("PNG"))
    stream.name = "photo.jpg"
    assert encode(stream).digest == encode(BytesIO(made("PNG"))).digest


def test_a_picture_is_turned_as_its_camera_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    picture = encode(BytesIO(made(exif=exif)))
    assert (picture.width, picture.height) == (600, 900)
    top, bottom = (opened(picture, "-600.webp").convert("RGB").getpixel((300, y)) for y in (10, 890))
    assert top[0] > 150 > top[2]  # type: ignore[index]
    assert bottom[2] > 150 > bottom[0]  # type: ignore[index]


def test_nothing_is_kept_of_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ana"
    exif.get_ifd(0x8825)[2] = (4.0, 35.0, 53.0)  # where it was taken
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Ana")
    for data in (made(exif=exif, comment=b"by Ana", xmp=b"<Ana/>"), made("PNG", pnginfo=text, exif=exif)):
        assert b"Ana" in data
        for content in encode(BytesIO(data)).files.values():
            assert b"Ana" not in content
            assert not any(mark in content for mark in (b"Exif", b"EXIF", b"XMP", b"ICC"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_to_store_colours(mode: str) -> None:
    """Grey, palettes, transparency, print colours and sixteen bits."""
    if mode == "I;16":
        image = Image.new("I;16", (300, 200), 0x8000)
    elif mode == "CMYK":
        image = drawn(300, 200, "CMYK")
    else:
        image = drawn(300, 200).convert(mode)
    data = made("JPEG" if mode == "CMYK" else "PNG", image)
    shown = opened(encode(BytesIO(data)), "-300.webp").convert("RGB")
    assert shown.size == (300, 200)
    if mode == "I;16":
        assert all(120 <= value <= 136 for value in shown.getpixel((5, 5)))  # type: ignore[union-attr]


def test_transparency_is_kept_and_white_in_what_is_shared() -> None:
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 150, 300))
    picture = encode(BytesIO(made("PNG", image)))
    assert opened(picture, "-300.webp").convert("RGBA").getpixel((290, 10))[3] == 0  # type: ignore[index]
    assert opened(picture, ".jpg").getpixel((290, 10)) == (255, 255, 255)


def test_colours_of_a_profile_are_converted() -> None:
    """The same numbers mean other colours in the profile of a picture; afterwards they are sRGB's."""
    plain = Image.new("RGB", (200, 200), (120, 60, 200))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    assert encode(BytesIO(made("PNG", plain, icc_profile=lab))).width == 200
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile at all", srgb[:200]):
        shown = opened(encode(BytesIO(made("PNG", plain, icc_profile=profile))), "-200.webp").getpixel((9, 9))
        assert all(abs(a - b) < 6 for a, b in zip(shown, (120, 60, 200), strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "AVIF"])
def test_of_an_animation_the_first_frame_is_taken(format_name: str) -> None:
    frames = [Image.new("RGB", (200, 200), colour) for colour in (RED, BLUE, BLUE)]
    data = made(format_name, frames[0], save_all=True, append_images=frames[1:], duration=100)
    picture = encode(BytesIO(data))
    shown = opened(picture, "-200.webp")
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.convert("RGB").getpixel((100, 100))[0] > 150  # type: ignore[index]


def test_what_hangs_behind_a_picture_is_dropped() -> None:
    """A picture that is a ZIP, a page and a script as well is only a picture afterwards."""
    tail = b"PK\x03\x04 evil.php <script>alert(1)</script> <?php system($_GET[0]); ?>"
    for format_name in FORMATS:
        clean = encode(BytesIO(made(format_name)))
        assert encode(BytesIO(made(format_name) + tail)) == clean
        assert not any(b"script" in content or b"php" in content for content in clean.files.values())


def test_a_picture_of_a_phone_takes_little_time() -> None:
    data = made(image=drawn(4032, 3024), quality=95)
    begin = time.process_time()
    encode(BytesIO(data))
    assert time.process_time() - begin < 3


# What is refused


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "type"),
        (b"GIF89a" + bytes(100), "type"),
        (b"BM" + bytes(100), "type"),
        (b"II*\x00" + bytes(100), "type"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "type"),
        (b"<html><script>alert(1)</script>", "type"),
        (b"MZ\x90\x00" + bytes(100), "type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "svg"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><SVG/>', "svg"),
        (b"\xff\xd8\xff" + bytes(1000), "broken"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "broken"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(1000), "broken"),
        (b"\x00\x00\x00\x1cftypavif" + bytes(1000), "broken"),
    ],
)
def test_what_is_no_picture(data: bytes, reason: str) -> None:
    assert reason_of(data) == reason


def test_a_file_that_is_too_large() -> None:
    assert reason_of(made() + bytes(MAX_BYTES)) == "too_many_bytes"


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_file_that_was_cut_off(format_name: str, part: float) -> None:
    data = made(format_name, Image.effect_noise((600, 400), 80).convert("RGB"))
    assert reason_of(data[: int(len(data) * part)]) == "broken"


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 10_000), (10_000, 5_001), (60_000, 60_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_header_that_announces_too_much_is_refused_before_decoding(width: int, height: int) -> None:
    """50, 200 and 3 600 megapixels in a file of a hundred bytes."""
    begin = time.process_time()
    assert reason_of(png(width, height, (b"IDAT", zlib.compress(b"")))) == "too_many_pixels"
    assert time.process_time() - begin < 0.5


def test_a_bomb_is_refused_before_decoding() -> None:
    """64 megapixels of one colour, in 900 KB; a JPEG and a WebP whose headers say so, too."""
    rows = zlib.compressobj(1)
    packed = b"".join(rows.compress(bytes(1 + 3 * 8_000)) for _ in range(8_000)) + rows.flush()
    bomb = png(8_000, 8_000, (b"IDAT", packed))
    assert len(bomb) < 1024 * 1024
    small = made()
    frame = small.index(b"\xff\xc0")
    jpeg = small[: frame + 5] + struct.pack(">HH", 20_000, 10_000) + small[frame + 9 :]
    canvas = (16_382).to_bytes(3, "little") * 2
    webp = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    begin = time.process_time()
    assert reason_of(bomb) == reason_of(jpeg) == "too_many_pixels"
    assert reason_of(webp) in ("too_many_pixels", "broken")
    assert time.process_time() - begin < 0.5


def test_a_bomb_in_the_metadata() -> None:
    """A text and a profile of 100 MB, packed into less than one."""
    packed = zlib.compress(bytes(100_000_000), 1)
    for chunk in ((b"zTXt", b"Comment\0\0" + packed), (b"iCCP", b"profile\0\0" + packed)):
        begin = time.process_time()
        assert reason_of(png(300, 300, chunk)) == "broken"
        assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    ("size", "reason"), [((99, 500), "too_small"), ((1001, 100), "too_long"), ((100, 1001), "too_long")]
)
def test_shapes_that_no_page_can_show(size: tuple[int, int], reason: str) -> None:
    assert reason_of(made(image=drawn(*size))) == reason
    assert encode(BytesIO(made(image=drawn(1000, 100)))).height == 100
