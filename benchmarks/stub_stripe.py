"""Stripe for measuring: opens pages at once, or after a set time, and costs next to nothing.

`python -m benchmarks.stub_stripe PORT MILLISECONDS`
"""

import asyncio
import itertools
import json
import re
import sys
import time
from urllib.parse import parse_qsl

_numbers = itertools.count(1)
_UNIT = re.compile(r"line_items\[(\d+)\]\[price_data\]\[unit_amount\]")


class Stripe(asyncio.Protocol):
    """One connection of the shop's."""

    pause = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.got = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self.got += data
        while (end := self.got.find(b"\r\n\r\n")) >= 0:
            found = re.search(rb"(?i)content-length: *(\d+)", self.got[:end])
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self.got) < whole:
                return
            head, body = self.got[:end].decode(), self.got[end + 4 : whole].decode()
            self.got = self.got[whole:]
            asyncio.get_running_loop().call_later(self.pause, self._answer, head.split(" ", 2)[1], body)

    def _answer(self, path: str, body: str) -> None:
        asked = dict(parse_qsl(body))
        said = json.dumps(_coupon(asked) if path == "/v1/coupons" else _session(asked)).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        self.transport.write(head.encode() + said)


def _coupon(said: dict[str, str]) -> dict[str, object]:
    return {"id": f"co_{next(_numbers)}_{said.get('amount_off', 0)}", "object": "coupon"}


def _session(said: dict[str, str]) -> dict[str, object]:
    lines = {match[1]: int(value) for name, value in said.items() if (match := _UNIT.fullmatch(name))}
    goods = sum(price * int(said.get(f"line_items[{n}][quantity]", 1)) for n, price in lines.items())
    freight = int(said.get("shipping_options[0][shipping_rate_data][fixed_amount][amount]", 0))
    off = int(said.get("discounts[0][coupon]", "co_0_0").rsplit("_", 1)[1])
    number = f"cs_test_bench{next(_numbers):012d}{time.monotonic_ns()}"
    return {
        "id": number,
        "object": "checkout.session",
        "amount_total": goods + freight - off,
        "currency": "cop",
        "expires_at": int(said["expires_at"]),
        "metadata": {key: said[f"metadata[{key}]"] for key in ("order_id", "order_number", "quote")},
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "url": f"https://checkout.stripe.com/c/pay/{number}",
    }


async def serve(port: int, milliseconds: float) -> None:
    """Answer until the process ends."""
    Stripe.pause = milliseconds / 1000
    server = await asyncio.get_running_loop().create_server(Stripe, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
