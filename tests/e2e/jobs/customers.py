"""Jobs about customers, their data and their petitions."""

from datetime import timedelta

from storefront import clock
from tests.e2e.jobs.job import job
from tests.e2e.jobs.orders import open_order
from tests.e2e.jobs.person import Person
from tests.e2e.jobs.stage import Stage


def open_customer(person: Person, email: str) -> None:
    """Find somebody by their address."""
    person.go("Clientes")
    person.type("#q", email)
    person.enter("#q")
    person.sees("#who-title")


@job("find somebody who bought, with an account or without", "customers_list", is_daily=True)
def find_customer(person: Person, stage: Stage) -> None:
    buyer = stage.buyer("Marta")
    stage.order(buyer=buyer)
    person.start()
    open_customer(person, buyer.email)
    person.sees("h1", "Marta")
    person.look(person.page)


@job("see everything about a customer, and write down what colleagues should know", "add_customer_note")
def note(person: Person, stage: Stage) -> None:
    number = stage.order()
    person.start()
    open_order(person, number)
    person.link("Ver al cliente")
    person.type("#customer_note", "Prefiere WhatsApp.")
    person.button("Guardar la nota")
    person.is_told("nota")


@job("write down what somebody asks about their data, and answer in time", "add_data_request")
def data_request(person: Person, stage: Stage) -> None:
    buyer = stage.buyer("Rosa")
    person.start()
    open_customer(person, buyer.email)
    person.open("Anotar una solicitud")
    person.choose("#request_kind", "correction")
    person.button("Anotar la solicitud")
    person.is_told("")
    person.sees("main", "responder a más tardar el")


@job("hand over a copy of somebody's data", "export_customer")
def copy(person: Person, stage: Stage) -> None:
    buyer = stage.buyer("Rosa")
    person.start()
    open_customer(person, buyer.email)
    file = person.download(person.page.get_by_role("button", name="Descargar sus datos"))
    assert buyer.email in file.read_text()


@job("erase somebody who asked for it, a guest too", "erase_customer")
def erase(person: Person, stage: Stage) -> None:
    buyer = stage.buyer("Rosa")
    person.start()
    open_customer(person, buyer.email)
    person.link("Borrar sus datos")
    person.tick("#is_sure")
    person.button("Borrar sus datos para siempre")
    person.is_told("")
    assert not stage.demo.rows("SELECT 1 FROM customers WHERE email = ?", buyer.email)


@job("keep somebody from buying for a time", "block_customer")
def block(person: Person, stage: Stage) -> None:
    buyer = stage.buyer("Rosa")
    stage.order(buyer=buyer)
    person.start()
    open_customer(person, buyer.email)
    person.open("Bloquear a esta persona")
    if person.page.locator("#block_kind").input_value() != "email":
        person.choose("#block_kind", "email")
    if person.page.locator("#block_value").input_value() != buyer.email:
        person.type("#block_value", buyer.email)
    person.type("#block_reason", "Tarjetas robadas.")
    if not person.page.locator("#last_day").input_value():
        person.type("#last_day", (clock.day_of(clock.now()) + timedelta(days=30)).isoformat())
    person.follow("form[action$='/block'] [type=submit]")
    person.is_told("")
    person.sees("main .alert-bad", "Bloqueado")


@job("answer a petition or complaint in time, and close it", "answer_request", is_daily=True)
def answer(person: Person, stage: Stage) -> None:
    number = stage.petition()
    person.start()
    waiting = person.page.locator("main").get_by_role("link", name=number)
    if not waiting.count():
        person.link("PQR por responder")
    person.link(number)
    person.type("#request_answer", "Te lo cambiamos mañana.")
    person.button("Enviar la respuesta")
    person.is_told("")


@job("publish a review, or say why not", "moderate_review", is_daily=True)
def review(person: Person, stage: Stage) -> None:
    stage.review()
    person.start()
    person.go("Reseñas")
    person.button("Publicar")
    person.is_told("")


@job("send a mail once more that did not leave", "retry_mail", is_daily=True)
def retry_mail(person: Person, stage: Stage) -> None:
    stage.lost_mail()
    person.start()
    person.link("Correos y eventos")
    person.button("Intentar otra vez")
    person.is_told("")
