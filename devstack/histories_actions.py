"""What people do to an order after it was taken in, over HTTP."""

from typing import Any

from devstack.histories import HistoryError
from devstack.histories_instances import LOOK_EVERY_SECONDS, Instances, Json


class OrderActions(Instances):
    """Approving, cancelling, refunding, going on with what was given up."""

    async def decide(self, order_id: str, decision: str) -> None:
        """Approve the order, or not."""
        await self._ask(order_id, "approval", {"decision": decision})

    async def cancel(self, order_id: str) -> str:
        """Call the order off; the id of the saga that undoes it, if it was confirmed."""
        await self._ask(order_id, "cancel", {"reason": "changed my mind"})
        return f"cancel-{order_id}"

    async def refund(self, order_id: str, **wish: Any) -> str:
        """Ask for money back; the id of the saga that pays it."""
        refund = await self._ask(order_id, "refunds", {"reason": "a scratch"} | wish)
        return f"refund-{refund['id']}"

    async def resume(self, order_id: str) -> str:
        """Go on with what was given up; the id of the saga that does."""
        version = await self._version(order_id)
        await self._ask(order_id, "resume", {})
        return f"resume-{order_id}-{version}"

    async def refund_at_the_provider(self, order_id: str) -> None:
        """Give all of the order's money back behind the app's back."""
        form = {"payment_intent": (await self._order(order_id))["paymentId"]}
        headers = {"Authorization": "Bearer sk_test_by_hand"}
        url = f"{self._urls['payments']}/v1/refunds"
        async with self._session.post(url, data=form, headers=headers) as response:
            response.raise_for_status()

    async def reaches(self, order_id: str, status: str) -> None:
        """Wait until the order has come so far."""
        while (await self._order(order_id))["status"] != status:
            await self._patience.pause(LOOK_EVERY_SECONDS)

    async def renewal(self, order_id: str) -> str:
        """Have the timer look after orders; the id of the saga that renews this one's hold."""
        url = f"{self._urls['functions']}/admin/functions/reconcile_orders"
        async with self._session.post(url, json={}) as response:
            if response.status != 202:
                raise HistoryError(f"reconcile_orders: {response.status}")
        return f"renew-{order_id}-1"

    async def _version(self, order_id: str) -> int:
        """The number of the order's newest event."""
        url = f"{self._urls['functions']}/api/orders/{order_id}/events"
        async with self._session.get(url) as response:
            return len((await response.json())["events"])

    async def _order(self, order_id: str) -> Json:
        url = f"{self._urls['functions']}/api/orders/{order_id}"
        async with self._session.get(url) as response:
            order: Json = await response.json()
            return order

    async def _ask(self, order_id: str, action: str, body: Json) -> Json:
        url = f"{self._urls['functions']}/api/orders/{order_id}/{action}"
        headers = {"Idempotency-Key": "the-only-one"}
        async with self._session.post(url, json=body, headers=headers) as response:
            answer: Json = await response.json()
            if response.status != 202:
                raise HistoryError(f"{action} of {order_id}: {answer}")
            return answer
