"""Requests to give goods back that end without their money."""

from storefront.limits import limited
from storefront.services import returns
from storefront.web.staff import bp
from storefront.web.staff.forms import CloseForm
from storefront.web.staff.orders import Answer, take_step
from storefront.web.visitor import visitor


@bp.post("/orders/<reference>/returns/<int:sequence>/close")
@limited("change")
def close_return(reference: str, sequence: int) -> Answer:
    """End a request without its money; the note says why."""
    form, person = CloseForm(sequence), visitor()
    assert person is not None
    staff, note = f"staff {person.email}", form.note.data
    return take_step(
        "close", reference, form, "note", lambda _key: returns.close(reference, sequence, note=note, staff=staff)
    )
