"""Jobs about products and stock."""

from tests.e2e.jobs.job import job
from tests.e2e.jobs.person import Person
from tests.e2e.jobs.stage import SHAKER, Stage


@job("write down units that arrived, broke or were counted", "stock_change", is_daily=True)
def receive(person: Person, stage: Stage) -> None:
    stage.runs_low(SHAKER, at=1_000_000)
    person.start()
    person.follow("main section[aria-labelledby=low-title] li a")
    person.type("#units", "12")
    person.button("Anotar")
    person.is_told("")
    stage.send_back(person.page.url, units=12)
    stage.runs_low(SHAKER, at=5)


@job("count many products", "stock_count")
def count_many(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Inventario")
    person.link("Contar varios productos")
    for place in range(3):
        field = person.page.locator(".stock-counted input").nth(place)
        person.type(field, "17")
    person.follow("#counts .button-primary")
    person.follow("[name=confirm]")
    person.is_told("")


@job("change a price", "save_product")
def change_price(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Productos")
    person.type("#q", "shaker")
    person.enter("#q")
    person.follow("main tbody th a")
    field = person.page.locator("input[name$=price]").first
    person.type(field, "42.500" if field.input_value() == "42.400" else "42.400")
    person.button("Guardar")
    person.is_told("")


@job("change the prices of many products", "change_products")
def change_prices(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Productos")
    for place in range(3):
        person.tick(person.page.locator("input[name=product]").nth(place))
    person.type("#percent", "1")
    person.button("Ver los precios nuevos")
    person.button("Cambiar")
    person.is_told("")
