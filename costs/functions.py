"""What running the app costs: by what its instances do, or by the hour."""

from collections.abc import Iterator

from costs.choices import Plan
from costs.compute import EP1_GIB, EP1_VCPUS, Work, gb_seconds, premium_instances, work_of_timers
from costs.lines import Case, Line


def functions(case: Case, works: list[Work]) -> Iterator[Line]:
    """By the chosen plan."""
    timers = work_of_timers(case.idle, case.month.hours)
    if case.choices.plan is Plan.PREMIUM:
        # Not fixed is only what orders need beyond the one instance that there always is.
        more = premium_instances([*works, *timers], case.month) - 1
        for count, fixed in ((1, True), (more, False)):
            what = "EP1, always" if fixed else "EP1, more of them"
            hours = case.month.hours * count
            yield Line(
                "Functions",
                f"{what}: vCPU hours",
                "functions.premium.vcpu-hour",
                hours * EP1_VCPUS,
                fixed,
            )
            yield Line(
                "Functions",
                f"{what}: GiB hours",
                "functions.premium.gib-hour",
                hours * EP1_GIB,
                fixed,
            )
        return
    for work in (*timers, *works):
        fixed = work in timers
        seconds = gb_seconds(work, case.choices)
        yield Line(
            "Functions",
            f"{work.group}: executions",
            "functions.flex.execution",
            work.executions,
            fixed,
        )
        yield Line(
            "Functions", f"{work.group}: GB-seconds", "functions.flex.gb-second", seconds, fixed
        )
