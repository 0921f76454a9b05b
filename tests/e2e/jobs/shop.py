"""Jobs about the shop itself: figures, coupons, delivery, texts, search."""

from tests.e2e.jobs.job import job
from tests.e2e.jobs.person import Person
from tests.e2e.jobs.stage import Stage, next_number


@job("see what was sold, of what, where and with which coupon, and where buyers leave", "figures")
def figures(person: Person, stage: Stage) -> None:
    stage.order()
    person.start()
    person.go("Cifras")
    person.sees("#total-title")
    person.look(person.page)


@job("give the accountant the month, line by line", "make_accounting_file")
def accounting(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Cifras")
    person.link("Archivo para contabilidad")
    file = person.download(person.page.get_by_role("button", name="Descargar el archivo"))
    assert "payment_id" in file.read_text()


@job("see what shoppers looked for in vain, and teach the search another word", "add_synonym")
def synonym(person: Person, stage: Stage) -> None:
    word = f"termo{next_number()}"
    stage.looked_in_vain(word)
    person.start()
    person.go("Búsqueda")
    person.link(f"Agregar sinónimo {word}")
    person.type("#meanings", "shaker")
    person.button("Agregar sinónimo")
    person.is_told("")


@job("make a coupon, or change what it gives, when and for whom", "create_coupon")
def make_coupon(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Cupones")
    person.link("Nuevo cupón")
    person.type("#code", f"MADRES{next_number()}")
    person.type("#value", "15")
    person.button("Guardar")
    person.is_told("")


@job("end a coupon, or see who used it", "switch_coupon")
def end_coupon(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Cupones")
    person.follow("main tbody th a")
    person.button("el cupón")
    person.is_told("")


@job("change prices, days or thresholds of delivery", "save_delivery")
def delivery(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Envíos")
    field = "#standard-remote-price"
    person.type(field, "44.000" if person.page.input_value(field) == "45.000" else "45.000")
    person.button("Ver qué cambia")
    person.button("Guardar")
    person.is_told("")


@job("move a municipality to another zone", "move_place")
def move(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Envíos")
    person.link("Municipios")
    person.type("#q", "Leticia")
    person.enter("#q")
    if person.page.locator("main tbody th a").count():
        person.follow("main tbody th a")
    zone = person.page.locator("#zone")
    others = [value for value in zone.locator("option").evaluate_all("all => all.map(one => one.value)") if value]
    person.choose("#zone", next(value for value in others if value != zone.input_value()))
    person.button("Guardar")
    person.is_told("")


@job("use a carrier or messenger of one's own", "create_carrier")
def carrier(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Envíos")
    person.link("Transportadoras")
    person.type("#name", f"Mensajeros {next_number()}")
    person.type("#tracking_template", "https://ejemplo.com/rastreo?guia={guia}")
    person.button("Agregar")
    person.is_told("")


@job("put a notice on the shop's pages for some days", "save_text_part")
def banner(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Textos")
    person.link("Aviso de la tienda")
    person.type("#text", f"El {next_number()} no hay envíos.")
    person.type("#text_en", "No deliveries that day.")
    person.type("#ends_at", "2030-12-24T23:00")
    person.button("Ver cómo queda")
    person.button("Guardar")
    person.is_told("")


@job("change the seller's data, contact or WhatsApp number", "save_text_part")
def contact(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Textos")
    person.link("Contacto")
    person.type("#whatsapp", f"300 123 4{next_number():03d}")
    person.button("Ver cómo queda")
    person.button("Guardar")
    person.is_told("")


@job("write new terms, or another page's text", "save_text_page")
def write_page(person: Person, stage: Stage) -> None:
    number = next_number()
    person.start()
    person.go("Textos")
    person.follow("main a[href$='/pages/about']")
    person.type("#page_text", f"## Hola\n\nSomos {number}.")
    person.type("#page_text_en", f"## Hello\n\nWe are {number}.")
    person.button("Ver cómo queda")
    person.button("Guardar")
    person.is_told("")
