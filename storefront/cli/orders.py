"""Commands for orders: list, show, ship, deliver, refund, cancel, reconcile."""

import click

from storefront.cli.actors import as_staff
from storefront.cli.errors import ShopGroup
from storefront.clock import day_of
from storefront.enums import OrderStatus, OrderTab
from storefront.errors import InvalidInput
from storefront.money import format_money, pesos
from storefront.services.admin.permissions import Actor, Permission
from storefront.services.downloads import library
from storefront.services.jobs import cleanup
from storefront.services.orders import admin_orders, admin_returns, fulfilment, line_names, listing, restocking
from storefront.services.payments import failed_refunds, refunds, repeated_refunds, reviews
from storefront.services.payments import reconcile as reconciliation
from storefront.services.subscriptions import management

orders = ShopGroup("orders", help="Orders: look, ship, deliver, refund, cancel, catch up.")

_ATTENTION = "attention"
_reference = click.argument("reference")
_no_restock = click.option("--no-restock", is_flag=True, help="The goods do not return to the shelf.")


@orders.command("list")
@click.option("--status", default="", help="Only orders of this status; `attention` is for what waits for staff.")
@click.option("--text", default="", help="A number, a name, an e-mail, a phone, a tracking number, a SKU or an id.")
@click.option("--page", default=1)
def show_list(status: str, text: str, page: int) -> None:
    """List orders, newest first."""
    tab = OrderTab.TO_DECIDE if status == _ATTENTION else OrderTab.ALL
    known = OrderStatus(status) if status in list(OrderStatus) else None
    if status and tab == OrderTab.ALL and known is None:
        raise InvalidInput({"status": "invalid"})
    result = listing.find(listing.Wanted(tab=tab, status=known, text=text, page=page))
    for order in result.items:
        standing = " ".join([f"{order.status}/{order.payment_status}", *admin_orders.flags_of(order)])
        click.echo(f"{order.number}  {standing:32}  {format_money(order.total_minor, 'en'):>16}  {order.email}")
    click.echo(f"{result.total} orders, page {result.page} of {result.pages}")


@orders.command("show")
@_reference
def show(reference: str) -> None:
    """Show an order: lines, money, shipment, and every event with its cause."""
    order = admin_orders.get(reference)
    click.echo(f"{order.number} ({order.public_id})  {order.status}/{order.payment_status}  {order.email}")
    if order.document:
        click.echo(f"  document {order.document.type} {order.document.number}")
    for line in order.lines:
        gone = f"  refunded {line.refunded}, restocked {line.restocked}" if line.refunded or line.restocked else ""
        click.echo(
            f"  {line.quantity} x {line_names.name_of(order, line)}  {format_money(line.total_minor, 'en')}{gone}"
        )
    total, back = format_money(order.total_minor, "en"), format_money(order.refunded_minor, "en")
    click.echo(f"  total {total}, refunded {back}, payment {order.payment_id or '-'}")
    if plan := management.plan_of(order):
        ends = ", ends with its period" if plan.cancel_at_period_end else ""
        click.echo(f"  plan {plan.provider_id} {plan.status}{ends}, paid until {day_of(plan.paid_until)}")
    if shipment := order.shipment:
        click.echo(f"  shipment {shipment.state}{', units left to send' if shipment.is_partial else ''}")
    for parcel in order.parcels:
        click.echo(f"  parcel {parcel.sequence} {parcel.carrier} {parcel.tracking_number or ''}".rstrip())
    for request in admin_returns.list_for(order):
        click.echo(f"  {_summary(request)}")
    for event in order.history:
        move = f"{event.old} -> {event.new}" if event.new else ""
        click.echo(f"  {event.at:%Y-%m-%d %H:%M:%S}Z  {event.kind:8} {move:24} {event.cause}  {event.note}".rstrip())


@orders.command("ship")
@_reference
@click.option("--carrier", required=True, help="A short name as on /staff/delivery/carriers, or messenger.")
@click.option("--guide", default="", help="The carrier's guide number; the shop's own messenger needs none.")
@click.option("--line", "lines", multiple=True, metavar="SKU:UNITS", help="Units in the parcel, else all; repeated.")
@click.option("--tracking-url", default=None, help="Where to follow it, if the carrier's usual page is wrong.")
@as_staff(Permission.FULFIL)
def ship(
    reference: str, carrier: str, guide: str, lines: tuple[str, ...], tracking_url: str | None, staff: Actor
) -> None:
    """Record a parcel with its carrier; the buyer gets the tracking number by email."""
    order = admin_orders.get(reference)
    units = line_names.units_of(order, lines) or None
    fulfilment.ship(
        order.id, carrier=carrier, tracking_number=guide, tracking_url=tracking_url, units=units, staff=staff
    )
    click.echo(f"{order.number} shipped")


@orders.command("ready")
@_reference
@as_staff(Permission.FULFIL)
def ready(reference: str, staff: Actor) -> None:
    """Mark an order as ready for pickup."""
    order = admin_orders.get(reference)
    fulfilment.mark_ready(order.id, staff=staff)
    click.echo(f"{order.number} ready for pickup")


@orders.command("deliver")
@_reference
@as_staff(Permission.FULFIL)
def deliver(reference: str, staff: Actor) -> None:
    """Mark an order as delivered or collected."""
    order = admin_orders.get(reference)
    fulfilment.mark_delivered(order.id, staff=staff)
    click.echo(f"{order.number} delivered")


@orders.command("return")
@_reference
@as_staff(Permission.CUSTOMERS)
def take_back(reference: str, staff: Actor) -> None:
    """Mark shipped goods as returned; refund them by `refund`."""
    order = admin_orders.get(reference)
    fulfilment.mark_returned(order.id, staff=staff)
    click.echo(f"{order.number} returned")


@orders.command("refund")
@_reference
@click.option("--line", "lines", multiple=True, metavar="SKU:UNITS", help="Units of a line; may be repeated.")
@click.option("--amount", type=int, default=None, help="Whole pesos instead of units.")
@click.option("--reason", default="requested_by_customer")
@_no_restock
@as_staff(Permission.REFUND)
def refund(
    reference: str, lines: tuple[str, ...], amount: int | None, reason: str, no_restock: bool, staff: Actor
) -> None:
    """Give money back: some units, an amount, or everything that is left, shipping included."""
    order = admin_orders.get(reference)
    refund_id = refunds.request_refund(
        order.id,
        units=line_names.units_of(order, lines) or None,
        amount_minor=pesos(amount) if amount is not None else None,
        is_restocked=not no_restock,
        reason=reason,
        staff=staff,
    )
    click.echo(f"refund {refund_id} of {order.number}: {refunds.status_of(refund_id)}")


@orders.command("repeat-refund")
@_reference
@as_staff(Permission.REFUND)
def repeat_refund(reference: str, staff: Actor) -> None:
    """Refund a second payment of an order once more, after its refund failed."""
    order = admin_orders.get(reference)
    amount_minor = repeated_refunds.repeat(order.id, staff=staff)
    click.echo(f"refund of {format_money(amount_minor, 'en')} of {order.number} requested")


@orders.command("accept-payment")
@_reference
@as_staff(Permission.REFUND)
def accept_payment(reference: str, staff: Actor) -> None:
    """Accept a payment that is held because another amount was paid."""
    order = admin_orders.get(reference)
    reviews.accept(order.id, staff=staff)
    click.echo(f"the payment of {order.number} is accepted")


@orders.command("reject-payment")
@_reference
@as_staff(Permission.REFUND)
def reject_payment(reference: str, staff: Actor) -> None:
    """Refund a held payment, and cancel its order."""
    order = admin_orders.get(reference)
    reviews.reject(order.id, staff=staff)
    click.echo(f"the payment of {order.number} goes back")


@orders.command("settle")
@_reference
@click.option("--note", required=True, help="How the money went back, or why it is not owed.")
@as_staff(Permission.REFUND)
def settle(reference: str, note: str, staff: Actor) -> None:
    """Note that money that was owed went back in another way, such as a bank transfer."""
    order = admin_orders.get(reference)
    failed_refunds.settle_otherwise(order.id, note=note, staff=staff)
    click.echo(f"{order.number} settled")


@orders.command("restock")
@_reference
@click.option("--line", "lines", multiple=True, required=True, metavar="SKU:UNITS", help="May be repeated.")
@as_staff(Permission.STOCK)
def restock(reference: str, lines: tuple[str, ...], staff: Actor) -> None:
    """Return units to stock that came back after their refund, or whose order came back whole."""
    order = admin_orders.get(reference)
    restocking.put_back(order.id, units=line_names.units_of(order, lines), staff=staff)
    click.echo(f"{order.number} restocked")


@orders.command("overdue")
def show_overdue() -> None:
    """List shipments past their delivery date that are not marked as delivered."""
    late = fulfilment.overdue()
    for order in late:
        shipment = f"{order.shipment.carrier} {order.shipment.tracking_number}" if order.shipment else "-"
        click.echo(f"{order.number}  due {order.delivery_latest}  {shipment}  {order.email}")
    click.echo(f"{len(late)} parcels overdue")


@orders.command("cancel")
@_reference
@_no_restock
@as_staff(Permission.REFUND)
def cancel(reference: str, no_restock: bool, staff: Actor) -> None:
    """Cancel an order that was not shipped; if it is paid, everything is given back."""
    order = admin_orders.cancel(reference, staff=staff, is_restocked=not no_restock)
    click.echo(f"{order.number} {order.status}/{order.payment_status}")


@orders.command("end-plan")
@_reference
@as_staff(Permission.REFUND)
def end_plan(reference: str, staff: Actor) -> None:
    """End the plan that an order paid for, at once; its money stays, unless it is refunded."""
    order = admin_orders.get(reference)
    management.end(order, staff=staff)
    click.echo(f"the plan of {order.number} ended")


@orders.command("withdrawals")
def show_withdrawals() -> None:
    """List the buyers' requests to give goods back whose money is still due, the most urgent first."""
    requests = admin_returns.waiting()
    for request in requests:
        click.echo(_summary(request))
    click.echo(f"{len(requests)} requests wait")


@orders.command("close-withdrawal")
@_reference
@click.argument("sequence", type=int)
@click.option("--note", required=True, help="Why no money goes back; the buyer reads it.")
@as_staff(Permission.CUSTOMERS)
def close_withdrawal(reference: str, sequence: int, note: str, staff: Actor) -> None:
    """End a request without its money, as when the goods never came back; 1 is the order's first request."""
    admin_returns.close(reference, sequence, note=note, staff=staff)
    click.echo(f"{reference}-R{sequence} closed")


@orders.command("reissue")
@_reference
@as_staff(Permission.CUSTOMERS)
def reissue(reference: str, staff: Actor) -> None:
    """Give an order's files their full downloads and time again; what was refunded stays closed."""
    order = admin_orders.get(reference)
    click.echo(f"{order.number} {library.reissue(order.id, staff=staff)} files issued again")


@orders.command("reconcile")
@click.option("--everything", is_flag=True, help="Compare all that Stripe has, too, however old.")
def reconcile(everything: bool) -> None:
    """Reconcile with Stripe: missed events, and sessions that were paid meanwhile."""
    compared = ""
    if everything:
        caught, followed, left = reconciliation.reconcile_everything()
        compared = f"; {followed} differences followed, {left} left"
    else:
        caught = reconciliation.reconcile()
    failed = f", {caught.failed} failed: flask events list --failed" if caught.failed else ""
    click.echo(f"{caught.events} events applied, {caught.pages} pages followed{failed}{compared}")


@orders.command("expire")
def expire() -> None:
    """End unpaid orders whose time is over, after asking Stripe, and send refunds that wait."""
    click.echo(f"{cleanup.sweep()} done")


def _summary(request: admin_returns.Request) -> str:
    """Return one line about a return request, with the command that refunds it."""
    row, order = request.withdrawal, request.order
    goods = ", ".join(f"{n} x {line_names.name_of(order, line)}" for line, n in request.goods)
    summary = f"withdrawal {request.number} {row.state}: {goods}, asked {day_of(row.asked_at)}"
    if not row.is_open:
        return summary
    lines = "".join(f" --line {line_names.name_of(order, line)}:{n}" for line, n in request.owed)
    late = " LATE" if request.is_late else ""
    amount = format_money(request.owed_minor, "en") + (" with the freight" if request.has_freight else "")
    due = f"{amount} due {row.refund_due_on}{late}"
    return f"{summary}, {due}\n    flask orders refund {order.number}{lines}"
