"""Which order a request is about, so that a fault can be that of one order alone."""

from collections.abc import Iterator

from emulators.payments.form import Form
from emulators.payments.store import Store

ORDER = "orderId"


def order_of(store: Store, identifier: str, form: Form) -> str:
    """The ``orderId`` in the metadata of the request, or of the payment that it names; else empty.

    *identifier* is the id in the request's path, if it has one.
    """
    metadata = form.get("metadata")
    if isinstance(metadata, dict) and ORDER in metadata:
        return str(metadata[ORDER])
    for name in _payments_named(store, identifier, form):
        if intent := store.payment_intent(name):
            return intent.metadata.get(ORDER, "")
    return ""


def _payments_named(store: Store, identifier: str, form: Form) -> Iterator[str]:
    yield identifier
    yield str(form.get("payment_intent", ""))
    for name in (identifier, str(form.get("charge", ""))):
        if charge := store.charge(name):
            yield charge.payment_intent
    if refund := store.refund(identifier):
        yield refund.payment_intent
