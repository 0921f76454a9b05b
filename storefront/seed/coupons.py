"""The demo coupons: one of every kind, and one of every reason to be refused."""

from dataclasses import dataclass

from storefront.enums import CouponKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedCoupon:
    """One coupon; ``value`` is a percentage or whole pesos by type, dates are ISO days in Bogotá, both included."""

    code: str
    type: CouponKind
    value: int = 0
    cap_pesos: int | None = None
    minimum_pesos: int = 0
    max_uses: int | None = None
    per_customer: int | None = None
    first_order_only: bool = False
    starts: str | None = None
    ends: str | None = None
    categories: tuple[str, ...] = ()


COUPONS: tuple[SeedCoupon, ...] = (
    SeedCoupon(code="FIT10", type=CouponKind.PERCENT, value=10),
    SeedCoupon(code="AHORRA20K", type=CouponKind.FIXED, value=20_000, minimum_pesos=100_000),
    SeedCoupon(code="ENVIOGRATIS", type=CouponKind.FREE_SHIPPING),
    SeedCoupon(code="LIMITE3", type=CouponKind.PERCENT, value=5, max_uses=3),
    SeedCoupon(code="VENCIDO", type=CouponKind.PERCENT, value=20, starts="2025-01-01", ends="2025-12-31"),
    SeedCoupon(
        code="BIENVENIDO15", type=CouponKind.PERCENT, value=15, cap_pesos=30_000, per_customer=1, first_order_only=True
    ),
    SeedCoupon(code="PLAN50", type=CouponKind.PERCENT, value=50, per_customer=1, categories=("planes-y-guias",)),
)
