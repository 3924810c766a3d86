from costs import durable
from costs.counters import Counters
from costs.host_log import executions_in
from costs.usage import read_measured

LOG = """\
10:29:02.12 [info ] fulfil_order 0fe2: started [Host.Durable]
10:29:02.12 [info ] {"order_id": "0fe2", "event": "order_accepted"} [triggers.http.orders]
10:29:02.13 [debug ] Executed reserve_stock (Succeeded, 4 ms) [Host.Function]
10:29:02.13 [debug ] Executed reserve_stock (Failed, 6 ms) [Host.Function]
10:29:02.14 [info ] Executed submit_order (Succeeded, 12 ms) [Host.Function]

"""


def counters(reads: float, polls: float, starts: float) -> Counters:
    """Counters of which only these move."""
    requests = {"orders.Read": reads, "orders.ChangeFeed": polls}
    return Counters(requests, {}, {"orchestrationsStarted": starts}, 0, 0)


def test_every_execution_counts_the_failed_ones_too():
    """Azure bills them all."""
    ran = executions_in(LOG)

    assert ran.counts == {"reserve_stock": 2, "submit_order": 1}
    assert ran.milliseconds == {"reserve_stock": 10, "submit_order": 12}


def test_other_lines_are_telemetry():
    """An execution is a request by itself, and is not to be paid twice."""
    assert executions_in(LOG).lines == 2


def test_what_happened_is_the_difference_of_two_looks():
    """The emulators count from their start."""
    used = counters(7, 30, 2).since(counters(3, 10, 1))

    assert used.requests["orders.Read"] == 4
    assert used.durable["orchestrationsStarted"] == 1


def test_polling_is_no_movement():
    """Else nothing would ever be quiet."""
    assert counters(1, 10, 1).moves() == counters(1, 99, 1).moves()
    assert counters(1, 10, 1).moves() != counters(2, 10, 1).moves()


def test_an_order_sends_three_requests_for_each_message():
    """Sent, received, deleted: a start, and two for each activity."""
    usage = read_measured().of(1)

    requests = durable.of_an_order(usage)

    assert usage.timers == usage.raised == 0
    assert requests.queue == 3 * (usage.orchestrations + 2 * usage.activities)


def test_an_idle_hour_is_five_queues_every_two_seconds():
    """The largest part of what storage costs without orders."""
    assert durable.of_a_month(1).queue == 5 * 1800
