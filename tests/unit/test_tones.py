"""A badge's colour means one thing everywhere: good is done or on its way, bad is over or failed."""

import pytest

from storefront.enums import CouponStatus, PlanStatus, ProductReviewStatus, ProductStatus
from storefront.i18n import coupon_status_tone, plan_tone, product_status_tone, review_status_tone
from storefront.i18n.orders import _TABLE

TONES = {
    **{f"order {key}": tone for key, (_, _, tone) in _TABLE.items()},
    **{f"plan {status}": plan_tone(status) for status in PlanStatus},
    **{f"review {status}": review_status_tone(status) for status in ProductReviewStatus},
    **{f"coupon {status}": coupon_status_tone(status) for status in CouponStatus},
    **{f"product {status}": product_status_tone(status) for status in ProductStatus},
}


@pytest.mark.parametrize("name", sorted(TONES))
def test_a_colour_means_one_thing(name: str) -> None:
    status, tone = name.split()[1], TONES[name]
    assert tone in {"good", "waiting", "bad", "neutral"}
    over = ("cancel", "expired", "failed", "refused", "ended", "archived", "returned")
    is_over = any(word in status for word in over)
    is_waiting = any(word in status for word in ("pending", "past_due", "incomplete", "review", "waiting"))
    assert not (is_over and tone == "good")
    assert not (is_waiting and tone in {"good", "neutral"})
