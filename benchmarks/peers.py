"""What other shops did in one sitting with the same products, clients and machine, and how this shop compares.

The sitting: two cores with the database and the client, 1 000 products, 16 clients. Its machine served `BARE_LIST`
minimal pages a second; on another machine every peer's figure is scaled by what that machine serves of them in the same
minutes as the shop, and is no measurement.
"""

from dataclasses import dataclass

from benchmarks.table import Row

BARE_LIST = 530
"""Minimal pages a second of that sitting."""


@dataclass(frozen=True)
class Peer:
    """The best of the others at a step, and how many times as fast this shop is meant to be."""

    steps: tuple[str, ...]
    rate: float
    name: str
    goal: float = 0


PEERS = [
    Peer(("catalogue page",), 182, "Vendure 3.7, search index", 3),
    Peer(("catalogue, JSON",), 182, "Vendure 3.7, search index", 2),
    Peer(("product page",), 79, "Vendure 3.7", 6),
    Peer(("add to cart",), 48, "django-oscar 4.2", 6),
    Peer(("coupon",), 47, "Vendure 3.7", 7),
    Peer(("shipping quote",), 130, "Vendure 3.7", 3),
    Peer(("create-session",), 56, "Vendure 3.7, only opens the payment"),
    Peer(("paid webhook",), 24, "django-oscar 4.2", 12),
    Peer(("create-session", "paid webhook"), 15.5, "django-oscar 4.2", 6),
    Peer(("whole checkout (6 requests)",), 5, "django-oscar 4.2, 9 requests", 8),
]


def compared(rows: dict[str, Row], bare_rate: float) -> list[str]:
    """Return the lines of the table; `bare_rate` is how many minimal pages a second this machine served meanwhile."""
    scale = bare_rate / BARE_LIST
    lines = [
        f"\nBeside other shops: their figures of one sitting, scaled by {scale:.2f} to this machine's minimal pages",
        f"{'step':42} {'shop':>8} {'best peer, scaled':>18} {'times':>7} {'goal':>6}",
    ]
    for peer in PEERS:
        rates = [rows[step].crowd.rate / (6 if "6 requests" in step else 1) for step in peer.steps]
        shop = 1 / sum(1 / rate for rate in rates) if all(rates) else 0.0
        times = shop / (peer.rate * scale)
        verdict = ("pass" if times >= peer.goal else f"gap {100 * (times / peer.goal - 1):+.0f} %") if peer.goal else ""
        lines.append(
            f"{' + '.join(peer.steps):42} {shop:8.1f} {peer.rate * scale:18.1f} {times:7.1f} {peer.goal or '':>6} "
            f"{verdict:12} {peer.name}"
        )
    return lines
