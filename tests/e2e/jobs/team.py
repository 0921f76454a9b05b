"""Jobs about the people who work in the shop."""

from storefront.enums import StaffRole
from tests.e2e.jobs.job import job
from tests.e2e.jobs.person import Person
from tests.e2e.jobs.stage import Stage, next_number
from tests.web.second_factor import code_of


@job("know in the morning what waits", "save_daily_mail")
def daily_mail(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Seguridad")
    person.follow("form[action$='/daily-mail'] [type=submit]")
    person.is_told("")


@job("invite somebody, change a role, take access away or give it back", "invite_member")
def invite(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Equipo")
    person.type("#email", f"nueva{next_number()}@example.com")
    person.choose("#role", "support")
    person.button("Invitar")
    person.is_told("")


@job("help who lost the phone", "reset_member_factor")
def lost_phone(person: Person, stage: Stage) -> None:
    email = stage.colleague(StaffRole.SUPPORT, has_second_factor=True)
    person.start()
    person.go("Equipo")
    person.open(f"Cambiar {email}")
    row = person.page.locator("li.panel", has_text=email)
    person.follow(row.get_by_role("button", name="Quitar su segundo factor"))
    person.is_told("")


@job("set the own second factor up, on another phone too", "activate_factor")
def second_factor(person: Person, stage: Stage) -> None:
    person.start()
    person.go("Seguridad")
    person.button("Activar el segundo factor")
    secret = person.page.locator("code.secret").inner_text().replace(" ", "")
    person.type("#one_time_code", code_of(secret))
    person.follow("form[action$='/security/new'] [type=submit]")
    person.sees(".codes li")
    person.look(person.page)
    stage.forget_second_factor(person.email)


@job("see who changed what", "audit_list")
def audit(person: Person, stage: Stage) -> None:
    number = stage.order()
    stage.owner.send(f"/staff/orders/{number}", f"/staff/orders/{number}/ship", carrier="tcc", guide="A1")
    person.start()
    person.go("Bitácora")
    person.sees("main .timeline li", number)
    person.look(person.page)
