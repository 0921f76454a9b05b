"""Jobs about orders and plans."""

from tests.e2e.jobs.job import job
from tests.e2e.jobs.person import Person
from tests.e2e.jobs.stage import GUIDE, SHAKER, Stage, id_of
from tests.e2e.shopping import PASSWORD

DONE = "Listo"
MOST_AT_ONCE = 20
"""Packing slips that are sent at once; more are made by the worker."""


def open_order(person: Person, number: str) -> None:
    """Open an order from *Hoy*, where those to prepare stand, or by its number."""
    waiting = person.page.locator("main").get_by_role("link", name=number, exact=True)
    if waiting.count():
        person.follow(waiting)
    else:
        search(person, number)
        if not person.page.url.endswith(number):
            person.link(number)


def search(person: Person, text: str) -> None:
    """Look for an order from *Hoy*."""
    if not person.page.locator("main #q").count():
        person.go("Pedidos")
    person.type("#q", text)
    person.enter("#q")


@job("see what to do today", "today", is_daily=True)
def see_today(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    person.sees("h1", "Hoy")
    person.sees("main .boxes", number)
    person.look(person.page)


@job("find an order by what somebody reads out", "orders_list", is_daily=True)
def find_order(person: Person, stage: Stage) -> None:
    number = stage.order()
    stage.order()
    person.start()
    search(person, number.rsplit("-", 1)[1])
    if not person.page.url.endswith(number):
        person.link(number)
    person.sees("h1", number)


@job("take the list to a spreadsheet", "export_orders")
def take_list(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    person.go("Pedidos")
    assert number in person.download(person.page.get_by_role("link", name="Descargar esta lista")).read_text()


@job("send an order in one parcel or several", "ship", is_daily=True)
def send(person: Person, stage: Stage) -> None:
    first, number = stage.order(), stage.order()
    person.start()
    ship(person, first)  # which names the carrier of whoever packs today
    person.start()
    ship(person, number)
    assert stage.row_of(number)["status"] == "shipped"


def ship(person: Person, number: str) -> None:
    """Send all of an order."""
    open_order(person, number)
    if person.page.locator("#carrier").input_value() != "coordinadora":
        person.choose("#carrier", "coordinadora")
    person.type("#guide", "77001234567")
    person.button("Enviar y avisar")
    person.is_told(DONE)


@job("tell a buyer that the order is ready, and note that it was collected", "ready", is_daily=True)
def hand_over(person: Person, stage: Stage) -> None:
    number = stage.order(shippingMethod="pickup")
    person.start()
    open_order(person, number)
    person.button("Avisar que está listo")
    person.is_told(DONE)
    person.button("Marcar como recogido")
    person.is_told(DONE)


@job("write down what colleagues should know", "add_note", is_daily=True)
def note(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    person.type("#order_note", "Llamar antes de entregar.")
    person.button("Guardar la nota")
    person.is_told(DONE)


@job("send a mail to the buyer once more", "send_mail_again")
def mail_again(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    person.button("Enviar otra vez")
    person.is_told(DONE)


@job("correct where an order goes", "correct_address")
def correct_address(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    person.link("Corregir la dirección")
    person.type("#street", "Carrera 7 # 12-43, apto 501")
    person.button("Guardar la dirección")
    person.is_told("dirección")


@job("send many orders with the carrier's list", "ship_list")
def send_many(person: Person, stage: Stage) -> None:
    numbers = [stage.order(), stage.order()]
    person.start()
    person.go("Pedidos")
    person.link("Enviar varios")
    if person.page.locator("#carrier").input_value() != "coordinadora":
        person.choose("#carrier", "coordinadora")
    person.type("#list", "\n".join(f"{number}, 7700{id_of(number)}" for number in numbers))
    person.characters = 0  # it is pasted
    person.button("Ver qué se enviaría")
    person.button("Enviar 2 pedidos")
    person.is_told(DONE)


@job("print packing slips, for the label printer or on A4", "packing_slips_of_many", is_daily=True)
def print_slips(person: Person, stage: Stage) -> None:
    stage.order()
    person.start()
    person.link("Por preparar")
    button = person.page.get_by_role("button", name="Crear para toda la lista")
    if int(stage.demo.row("SELECT count(*) AS n FROM shipments WHERE state = 'to_prepare'")["n"]) <= MOST_AT_ONCE:
        assert person.download(button).read_bytes().startswith(b"%PDF")
    else:
        person.follow(button)
        person.sees("main .alert-good")
        file = person.download(person.page.get_by_role("link", name="Descargar las hojas"))
        assert file.read_bytes().startswith(b"%PDF")


@job("print a receipt for a buyer or the accountant", "order_receipt")
def receipt(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    file = person.download(person.page.get_by_role("link", name="Recibo en PDF"))
    assert file.read_bytes().startswith(b"%PDF")


@job("decide about a payment of another amount", "accept", is_daily=True)
def decide(person: Person, stage: Stage) -> None:
    number = stage.held()
    person.start()
    person.link("Por decidir")
    person.link(number)
    person.button("Aceptar")
    person.is_told(DONE)


@job("cancel an order, with its money", "cancel")
def cancel(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    person.open("Cancelar el pedido")
    person.button("Cancelar y devolver")
    person.is_told(DONE)
    assert stage.row_of(number)["payment_status"] == "refunded"


@job("give units, the freight or an amount back", "refund")
def give_back(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    refund_a_unit(person)
    person.is_told("Reembolso")


def refund_a_unit(person: Person) -> None:
    """Give one unit back, from the page of an order."""
    person.open("Devolver dinero")
    person.type("form[action$='/refund'] input[name^=units-]", "1")
    person.button("Devolver lo elegido")
    person.button("Devolver $")


@job("give back what somebody returned in time", "refund")
def returned(person: Person, stage: Stage) -> None:
    number, _ = stage.wanted_back()
    person.start()
    person.go("Pendientes")
    person.follow(person.page.locator(f"main a[href$='{number}']"))
    person.open("Devolver dinero")
    person.button("Devolver lo elegido")
    person.button("Devolver $")
    person.is_told("Reembolso")


@job("send a form after the session ended", "add_note")
def session_over(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    person.type("#order_note", "Llamar antes de entregar.")
    stage.end_sign_ins(person.email)
    person.button("Guardar la nota")
    with person.in_another_tab("Entra otra vez"):
        person.type("#email", person.email)
        person.type("#password", PASSWORD)
        person.follow("main form [type=submit]")
    person.button("Ya entré")
    person.button("Enviar otra vez")  # the token of the page was of the session before
    person.is_told(DONE)


@job("be second on an order somebody else just changed", "cancel")
def second(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    stage.owner.send(f"/staff/orders/{number}", f"/staff/orders/{number}/ship", carrier="tcc", guide="A1")
    person.open("Cancelar el pedido")
    person.button("Cancelar y devolver")
    person.sees("#changed-meanwhile")
    person.look(person.page)


@job("refund after a while at the screen", "refund")
def confirm(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    stage.confirm_logins(minutes_ago=11)
    person.open("Devolver dinero")
    person.type("form[action$='/refund'] input[name^=units-]", "1")
    person.button("Devolver lo elegido")
    person.type("#confirm_password", PASSWORD)
    person.button("Confirmar y seguir")
    person.button("Devolver $")
    person.is_told("Reembolso")


@job("see which terms an order was made under", "order")
def terms(person: Person, stage: Stage) -> None:
    number = stage.order((GUIDE, 1), (SHAKER, 1))
    person.start()
    open_order(person, number)
    person.link("Términos con los que se hizo")
    person.sees("h1")


@job("find a plan, see its charges, what failed and when Stripe tries again", "plan")
def find_plan(person: Person, stage: Stage) -> None:
    _, buyer = stage.plan()
    person.start()
    find(person, buyer.email)
    person.sees("#charges-title")
    person.look(person.page)


def find(person: Person, email: str) -> None:
    """Open somebody's plan."""
    person.go("Planes")
    person.type("#q", email)
    person.enter("#q")
    person.sees("#charges-title")


@job("end a plan, or undo that", "end_plan_as_chosen")
def end_plan(person: Person, stage: Stage) -> None:
    _, buyer = stage.plan()
    person.start()
    find(person, buyer.email)
    person.link("Terminar el plan")
    person.button("Terminar hoy y devolver $")
    person.is_told(DONE)


@job("send a mail about a plan once more", "send_plan_mail_again")
def plan_mail(person: Person, stage: Stage) -> None:
    _, buyer = stage.plan()
    person.start()
    find(person, buyer.email)
    person.button("Enviar otra vez")
    person.is_told(DONE)
