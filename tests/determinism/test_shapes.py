"""Apps in the shapes other people write; what is right in them must not be flagged."""

import pytest

V1 = "import azure.durable_functions as df\nfrom datetime import timedelta\n\n"

FAN_OUT = (
    V1
    + """
def gather(context: df.DurableOrchestrationContext):
    sites = yield context.call_activity("ListSites", context.get_input())
    tasks = [context.call_activity("CopySite", site) for site in sites]
    sizes = yield context.task_all(tasks)
    return sum(sizes)

main = df.Orchestrator.create(gather)
"""
)

HUMAN = (
    V1
    + """
def approve(context):
    code = yield context.call_activity("SendCode", context.get_input())
    due = context.current_utc_datetime + timedelta(minutes=5)
    timeout = context.create_timer(due)
    for _ in range(3):
        answer = context.wait_for_external_event("Answer")
        winner = yield context.task_any([answer, timeout])
        if winner == timeout:
            return False
        if answer.result == code:
            if not timeout.is_completed:
                timeout.cancel()
            return True
    return False

main = df.Orchestrator.create(approve)
"""
)

MONITOR = """
import logging
from datetime import timedelta
import azure.durable_functions as df

bp = df.Blueprint()
logger = logging.getLogger(__name__)
PAUSES = {"open": 30, "closed": 60}

@bp.orchestration_trigger(context_name="ctx")
def watch(ctx: df.DurableOrchestrationContext):
    job = ctx.get_input()
    while ctx.current_utc_datetime.isoformat() < job["until"]:
        state = yield ctx.call_activity(poll, job)
        if not ctx.is_replaying:
            logger.info("job is %s", state)
        if state == "done":
            yield ctx.call_activity("Tell", job)
            break
        pause = timedelta(seconds=PAUSES[state])
        yield ctx.create_timer(ctx.current_utc_datetime + pause)

@bp.activity_trigger(input_name="job")
def poll(job: dict) -> str:
    import requests
    return requests.get(job["url"]).text
"""

PARENT = """
import json
import azure.durable_functions as df

myApp = df.DFApp()

@myApp.orchestration_trigger(context_name="context")
def parent(context):
    retry = df.RetryOptions(5000, 3)
    entity = df.EntityId("Counter", context.instance_id)
    context.signal_entity(entity, "add", 1)
    count = yield context.call_entity(entity, "get")
    parts = yield context.task_all(
        [context.call_sub_orchestrator_with_retry("child", retry, n) for n in range(count)]
    )
    context.set_custom_status(json.dumps(parts))
    if count < 3:
        context.continue_as_new(None)
    return parts

@myApp.orchestration_trigger(context_name="context")
def child(context):
    return (yield from steps(context))

def steps(context):
    answer = yield context.call_http("GET", "https://example.com")
    return answer

@myApp.entity_trigger(context_name="context")
def counter(context):
    import random
    context.set_state(random.random())
"""


@pytest.mark.parametrize("source", [FAN_OUT, HUMAN, MONITOR, PARENT])
def test_a_clean_app_has_no_finding(check, source):
    """Only what is replayed matters: activities and entities may do I/O and draw numbers."""
    assert check(Orchestrator__function_app=source) == []


@pytest.mark.parametrize(
    ("source", "right", "wrong", "rule"),
    [
        (FAN_OUT, "return sum(sizes)", "import time; return time.time()", "DET001"),
        (HUMAN, "context.create_timer(due)", "context.create_timer(due); print(due)", "DET006"),
        (MONITOR, "if not ctx.is_replaying:", "if state:", "DET006"),
        (MONITOR, "yield ctx.call_activity(poll, job)", "yield poll(job)", "DET005"),
        (PARENT, "yield from steps", "yield steps", "DET015"),
        (PARENT, "    answer = yield", "    hash('a'); answer = yield", "DET013"),
    ],
)
def test_a_fault_in_any_shape_is_found(check, source, right, wrong, rule):
    """The models register in different ways; a model that is overlooked looks clean."""
    assert right in source

    findings = check(Orchestrator__function_app=source.replace(right, wrong))

    assert rule in {finding.rule for finding in findings}
