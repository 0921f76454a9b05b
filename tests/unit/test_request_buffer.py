"""A request that arrives in pieces: complete with its last byte, and not before, however it is cut."""

import socket

import pytest

from storefront.serving.admission_queue import BODY_LIMIT
from storefront.serving.request_buffer import HEAD_LIMIT, RequestBuffer

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
COMPLETE = {
    "get": GET,
    "empty line before": b"\r\n" + GET,
    "HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "length": POST,
    "length in capitals": POST.replace(b"Content-Length: 5", b"CONTENT-LENGTH:5  "),
    "no body": b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "body that looks like an end": b"POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n",
    "chunks": CHUNKED + b"5\r\nhello\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
    "no chunk": CHUNKED + b"0\r\n\r\n",
    "trailers": CHUNKED + b"1\r\nx\r\n000;last\r\nA: b\r\nC: d\r\n\r\n",
    "chunk with line ends": CHUNKED + b"8\r\n\r\n0\r\n\r\n\n\r\n0\r\n\r\n",
    "several encodings": CHUNKED.replace(b"chunked", b"gzip, chunked") + b"1\r\nx\r\n0\r\n\r\n",
}
REFUSED = {
    "bare line feed in the first line": b"GET / HTTP/1.1\n",
    "bare line feed in a header": b"GET / HTTP/1.1\r\nHost: shop\n",
    "length that is none": b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    "two ways to tell the length": b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "encoding that is not chunked": b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    "chunk size that is none": CHUNKED + b"x\r\n",
    "no chunk size": CHUNKED + b"\r\n",
    "endless chunk size": CHUNKED + b"1;" + b"x" * 8190,
    "wrong end of a chunk": CHUNKED + b"1\r\nxyz\r\n",
}


def fed(*pieces: bytes) -> RequestBuffer:
    request = RequestBuffer()
    for piece in pieces:
        request.add(piece)
    return request


@pytest.mark.parametrize("data", COMPLETE.values(), ids=COMPLETE)
def test_a_request_is_complete_with_its_last_byte(data: bytes) -> None:
    request = RequestBuffer()
    for position in range(len(data)):
        assert not request.is_complete, data[:position]
        request.add(data[position : position + 1])
    assert request.is_complete
    assert bytes(request.data) == data
    for cut in range(1, len(data)):
        assert not fed(data[:cut]).is_complete
        assert fed(data[:cut], data[cut:]).is_complete
    assert (request.is_too_large, request.is_body_left) == (False, False)


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_the_parser_will_refuse_is_not_waited_for(data: bytes) -> None:
    request = fed(*(data[position : position + 1] for position in range(len(data))))
    assert request.is_complete
    assert not request.is_too_large


def test_a_request_line_or_headers_without_end_are_too_large() -> None:
    request = fed(b"GET / HTTP/1.1\r\n")
    while not request.is_too_large:
        assert len(request.data) <= HEAD_LIMIT
        request.add(b"X-Header: " + b"x" * 1000 + b"\r\n")
    assert not request.is_complete
    assert fed(b"GET /" + b"x" * HEAD_LIMIT).is_too_large


def test_a_body_that_is_too_long_is_left_where_it_is() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n"
    request = fed(head % (BODY_LIMIT + 1))
    assert request.is_complete
    assert request.is_body_left
    longest = fed(head % BODY_LIMIT, b"x" * (BODY_LIMIT - 1))
    assert not longest.is_complete
    longest.add(b"x")
    assert longest.is_complete
    assert not longest.is_body_left


@pytest.mark.parametrize("size", [1, 1000, BODY_LIMIT, BODY_LIMIT * 100])
def test_chunks_that_are_too_many_are_waited_for_only_until_the_shop_can_refuse_them(size: int) -> None:
    request, sent = fed(CHUNKED), 0
    while not (request.is_complete or request.is_too_large):
        assert len(request.data) <= 2 * BODY_LIMIT + 100_000
        request.add(b"%x\r\n" % size)
        for position in range(0, size, 50_000):
            if request.is_complete:
                break
            request.add(b"x" * min(50_000, size - position))
            sent += min(50_000, size - position)
        request.add(b"\r\n")
    # Chunks of one byte are six times as long as what they hold.
    assert request.is_too_large if size == 1 else (request.is_body_left and sent > BODY_LIMIT)


def test_a_client_that_expects_an_answer_before_the_body_is_known() -> None:
    head = b"POST / HTTP/1.1\r\nA: b\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"
    assert fed(head).expects_continue
    assert fed(head.replace(b"A: b\r\n", b"")).expects_continue
    assert not fed(head.replace(b"/1.1", b"/1.0")).expects_continue
    assert not fed(POST).expects_continue


def test_what_comes_after_a_request_is_kept() -> None:
    request = fed(GET + POST)
    assert request.is_complete
    assert bytes(request.data) == GET + POST


def test_it_takes_what_has_arrived_and_waits_for_nothing() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        request = RequestBuffer()
        assert request.receive(ours)
        assert bytes(request.data) == b""
        theirs.sendall(POST[:10])
        assert request.receive(ours)
        assert not request.is_complete
        theirs.sendall(POST[10:])
        assert request.receive(ours)
        assert request.is_complete
        theirs.close()
        assert not RequestBuffer(POST[:10]).receive(ours)
