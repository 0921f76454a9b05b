"""Orders in the back office: list, show, fulfil, cancel, refund."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from storefront.enums import OrderStatus
from storefront.errors import InvalidInput, OutOfStock, PaymentProviderError, ShopError, WrongState
from storefront.i18n import explain, state_label, step_label
from storefront.i18n import translate as _
from storefront.limits import limited
from storefront.services.orders import admin_orders, admin_returns, fulfilment, restocking
from storefront.services.payments import failed_refunds, refunds, reviews
from storefront.services.subscriptions import management
from storefront.web.admin import bp
from storefront.web.admin.forms import CancelForm, CloseForm, RefundForm, RestockForm, SettleForm, ShipForm, StepForm
from storefront.web.forms import Form
from storefront.web.pages import around, requested_page

_FORMS: dict[str, type[Form]] = {"ship": ShipForm, "cancel": CancelForm, "settle": SettleForm}
StepResponse = Response | tuple[str, int]


@bp.get("/")
def orders_list() -> str:
    """List orders, newest first, filtered by the query string."""
    filters = {name: request.args.get(name, "").strip()[:100] for name in ("q", "status")}
    if filters["status"] not in (*OrderStatus, admin_orders.ATTENTION):
        filters["status"] = ""
    page = admin_orders.latest(status=filters["status"], text=filters["q"], page=requested_page())
    return render_template(
        "staff/orders.html",
        page=page,
        filters=filters,
        statuses=tuple(OrderStatus),
        pages=around(page.page, page.pages),
        link=lambda page: url_for(".orders_list", page=page, q=filters["q"] or None, status=filters["status"] or None),
    )


@bp.get("/orders/<reference>")
def order(reference: str) -> str:
    """Show an order with its possible steps."""
    return _page(reference)


@bp.post("/orders/<reference>/ship")
@limited("change")
def ship(reference: str) -> StepResponse:
    """Record the shipment with its carrier."""
    form = ShipForm()
    shipment = {
        "carrier": form.carrier.data or "",
        "tracking_number": form.guide.data,
        "tracking_url": form.tracking_url.data or None,
    }
    return take_step(
        "ship", reference, form, "carrier", lambda key: fulfilment.ship(key, staff=staff_name(), **shipment)
    )


@bp.post("/orders/<reference>/ready")
@limited("change")
def ready(reference: str) -> StepResponse:
    """Mark the order as ready for pickup."""
    return take_step("ready", reference, StepForm(), "step", lambda key: fulfilment.mark_ready(key, staff=staff_name()))


@bp.post("/orders/<reference>/deliver")
@limited("change")
def deliver(reference: str) -> StepResponse:
    """Mark the order as delivered or collected."""
    return take_step(
        "deliver", reference, StepForm(), "step", lambda key: fulfilment.mark_delivered(key, staff=staff_name())
    )


@bp.post("/orders/<reference>/return")
@limited("change")
def take_back(reference: str) -> StepResponse:
    """Mark shipped goods as returned."""
    return take_step(
        "return", reference, StepForm(), "step", lambda key: fulfilment.mark_returned(key, staff=staff_name())
    )


@bp.post("/orders/<reference>/cancel")
@limited("change")
def cancel(reference: str) -> StepResponse:
    """Cancel an order that was not shipped; what was paid goes back."""
    form = CancelForm()
    is_restocked = form.cancel_restocks.data
    return take_step(
        "cancel",
        reference,
        form,
        "cancel_restocks",
        lambda _key: admin_orders.cancel(reference, staff=staff_name(), is_restocked=is_restocked),
    )


@bp.post("/orders/<reference>/end-plan")
@limited("change")
def end_plan(reference: str) -> StepResponse:
    """End the plan that the order paid for, at once; its money stays, unless it is refunded."""

    def action(_key: int) -> None:
        management.end(admin_orders.get(reference), staff=staff_name())

    return take_step("end_plan", reference, StepForm(), "step", action)


@bp.post("/orders/<reference>/refund")
@limited("change")
def refund(reference: str) -> StepResponse:
    """Refund units of lines, an amount, or everything that is left."""
    order_row = admin_orders.get(reference)
    form = RefundForm({line.id: 0 for line in order_row.lines})
    if not form.validate():
        return _page(reference, "refund", form), 422
    is_chosen, seen = not form.everything.data, form.left.data
    try:
        refund_id = refunds.request_refund(
            order_row.id,
            units=form.units if is_chosen else None,
            amount_minor=form.amount_minor if is_chosen else None,
            is_restocked=form.is_restocked.data,
            seen_left_minor=-1 if seen is None else seen,  # a form that does not say has seen something else
            staff=staff_name(),
        )
    except InvalidInput as refusal:
        form.refuse({name.replace("line ", "units-"): code for name, code in refusal.problems.items()})
    except WrongState as refusal:
        form.say("amount", explain(refusal))
    else:
        flash(_("Reembolso: %(state)s.", state=state_label("refund", refunds.status_of(refund_id))), "good")
        return redirect(url_for(".order", reference=reference), 303)
    return _page(reference, "refund", form), 422


@bp.post("/orders/<reference>/accept")
@limited("change")
def accept(reference: str) -> StepResponse:
    """Accept a payment of another amount."""
    return take_step("accept", reference, StepForm(), "step", lambda key: reviews.accept(key, staff=staff_name()))


@bp.post("/orders/<reference>/reject")
@limited("change")
def reject(reference: str) -> StepResponse:
    """Refund a held payment and cancel its order."""
    return take_step("reject", reference, StepForm(), "step", lambda key: reviews.reject(key, staff=staff_name()))


@bp.post("/orders/<reference>/settle")
@limited("change")
def settle(reference: str) -> StepResponse:
    """Record that an owed refund was paid in another way."""
    form = SettleForm()

    def action(key: int) -> None:
        try:
            failed_refunds.settle_otherwise(key, note=form.settle_note.data or "", staff=staff_name())
        except InvalidInput as refusal:
            raise InvalidInput({"settle_note": refusal.problems["note"]}) from refusal

    return take_step("settle", reference, form, "settle_note", action)


def take_step(step: str, reference: str, form: Form, field: str, action: Callable[[int], Any]) -> StepResponse:
    """Run a step of an order, or show the page with the error beside the form's field."""
    order_row = admin_orders.get(reference)
    if not form.validate():
        return _page(reference, step, form), 422
    try:
        action(order_row.id)
    except InvalidInput as refusal:
        form.refuse(refusal.problems)
    except (WrongState, OutOfStock, PaymentProviderError) as refusal:
        form.say(field, _sentence(refusal))
    else:
        flash(step_label(step), "good")
        return redirect(url_for(".order", reference=reference), 303)
    return _page(reference, step, form), 422


def _sentence(refusal: ShopError) -> str:
    if isinstance(refusal, PaymentProviderError):
        return _("Stripe no respondió y el pedido sigue como estaba; inténtalo de nuevo en un momento.")
    return explain(refusal)


def _page(reference: str, step: str = "", refused: Form | None = None) -> str:
    """Return an order's page; `refused` is the form of the step that was refused."""
    order_row = admin_orders.get(reference)
    money = admin_orders.money_of(order_row)
    coming_back = restocking.restockable_units(order_row, order_row.lines)
    forms: dict[str, Any] = {name: kind(formdata=None) for name, kind in _FORMS.items()}
    requests = admin_returns.list_for(order_row)
    waiting = [request for request in requests if request.withdrawal.is_open]
    closing = {
        request_row.withdrawal.sequence: CloseForm(request_row.withdrawal.sequence, formdata=None)
        for request_row in waiting
    }
    if isinstance(refused, CloseForm):
        closing[refused.sequence] = refused
    forms["refund"] = RefundForm(_units_back((line.id for line in order_row.lines), waiting), is_filled=False)
    forms["restock"] = RestockForm(coming_back, is_filled=False)
    problems = refused.problems if refused else []
    plan = management.plan_of(order_row)
    steps = admin_orders.next_steps(order_row, money.left_minor)
    if plan is not None and plan.ended_at is None:
        steps |= {"end_plan"}
    return render_template(
        "staff/order.html",
        order=order_row,
        money=money,
        coming_back=coming_back,
        plan=plan,
        returns=requests,
        steps=steps | ({step} if step else set()),
        forms=forms | ({step: refused} if refused else {}),
        closing=closing,
        refused=step,
        problems=[(f"step-{step}" if field == "step" else field, message) for field, message in problems],
    )


def _units_back(line_ids: Iterable[int], waiting: Sequence[admin_returns.Request]) -> dict[int, int]:
    """Return the units by line whose refund is due, summed over all return requests."""
    owed = dict.fromkeys(line_ids, 0)
    for request_row in waiting:
        for line, n in request_row.owed:
            owed[line.id] += n
    return owed


def staff_name() -> str:
    """Return the name of the current staff member for an order's history."""
    return f"staff {current_user.email}"
