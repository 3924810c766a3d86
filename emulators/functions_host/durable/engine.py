"""Moves instances forward: wakes them, runs their episodes, and sends out what those ask for."""

import asyncio
import logging
from collections import defaultdict

from emulators.functions_host.durable import events, versions
from emulators.functions_host.durable.activities import ActivityPool
from emulators.functions_host.durable.batching import next_batch
from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.entities import EntityPool
from emulators.functions_host.durable.entity_messages import EntityRequest
from emulators.functions_host.durable.episode import EpisodeRunner
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.functions import DurableFunctions
from emulators.functions_host.durable.records import (
    ACTIVE,
    Episode,
    Instance,
    NewInstance,
    Status,
    TimerRecord,
    WorkItem,
)
from emulators.functions_host.durable.sessions import Sessions
from emulators.functions_host.durable.settings import DurableSettings, VersionFailure
from emulators.functions_host.durable.store import TaskHubStore
from emulators.functions_host.durable.timer_queue import TimerQueue
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.stats import DurableStats

_log = logging.getLogger("Host.Durable")

# So many waiting events are a burst. More of it is on its way, and each episode replays all that
# came before: a short wait makes one of several.
_BURST = 5
_BURST_SECONDS = 0.015


class DurableEngine:
    """One task hub at work: instances, their activities and timers, and entities.

    An instance has at most one episode running. Whoever puts something into an inbox calls
    :meth:`wake`; nothing polls.
    """

    def __init__(
        self,
        store: TaskHubStore,
        functions: DurableFunctions,
        invoker: Invoker,
        settings: DurableSettings,
        stats: DurableStats,
    ) -> None:
        self.store = store
        self.functions = functions
        self.settings = settings
        self.stats = stats
        self._runner = EpisodeRunner(functions, invoker, settings)
        self._activities = ActivityPool(
            store, functions, invoker, stats, settings.max_activities, self.wake
        )
        self._entities = EntityPool(store.entities, functions, invoker, stats, settings, self.wake)
        self._timers = TimerQueue(self._fire)
        self._sessions = Sessions(store.history)
        self._slots = asyncio.Semaphore(settings.max_orchestrators)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._stopping = False

    def fire_due_timers(self) -> None:
        """Look at the clock, which was put forward."""
        self._timers.fire_due()

    def start(self) -> None:
        """Take up what an earlier process left: its leases died with it."""
        for timer in self.store.pending_timers():
            self._timers.add(timer)
        for item in self.store.pending_work_items():
            self._activities.submit(item)
        for instance_id in self.store.instances_with_messages():
            self.wake(instance_id)
        for entity in self.store.entities.with_requests():
            self._entities.wake(entity)

    async def stop(self, grace_seconds: float) -> None:
        """Finish running episodes and, within *grace_seconds*, running activities."""
        self._stopping = True
        self._timers.stop()
        await asyncio.gather(
            self._activities.stop(grace_seconds), self._entities.stop(grace_seconds)
        )
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=grace_seconds)

    def create(self, new: NewInstance) -> None:
        """Store a new instance and start it."""
        self.store.create_instance(new)
        self.stats.orchestrations_started += 1
        _log.info("%s %s: started", new.name, new.instance_id)
        self.wake(new.instance_id)

    def post(self, instance_id: str, event: Event) -> None:
        """Store *event* in the instance's inbox and deliver it."""
        self.store.post(instance_id, event)
        if event["EventType"] == EventType.EVENT_RAISED:
            self.stats.events_raised += 1
        self.wake(instance_id)

    def rewind(self, instance: Instance, reason: str) -> None:
        """Let a failed instance and its failed sub-orchestrations go on."""
        for instance_id in self.store.rewind(instance, reason):
            self.wake(instance_id)

    def signal(self, request: EntityRequest) -> None:
        """Store a request to an entity and deliver it."""
        self.store.entities.signal(request)
        self._entities.wake(request.entity)

    def wake(self, instance_id: str) -> None:
        """Look at the inbox of *instance_id*, now or when its running episode is over."""
        if instance_id in self._busy or self._stopping:
            return
        task = asyncio.get_running_loop().create_task(self._drain(instance_id))
        self._busy[instance_id] = task
        task.add_done_callback(lambda done: self._settled(instance_id, done))

    async def wait_until_over(self, instance_id: str, timeout_seconds: float) -> None:
        """Return when the instance ends or the time is up, whichever comes first."""
        over = asyncio.Event()
        self._watchers[instance_id].add(over)
        try:
            instance = self.store.get_instance(instance_id)
            if instance is not None and instance.active:
                await asyncio.wait_for(over.wait(), timeout_seconds)
        except TimeoutError:
            pass
        finally:
            self._watchers[instance_id].discard(over)
            if not self._watchers[instance_id]:
                del self._watchers[instance_id]

    async def _drain(self, instance_id: str) -> None:
        latest = None
        while not self._stopping:
            waiting = self.store.raised_events(instance_id)
            # Only where some are new: an execution may leave most of them to its successors.
            if len(waiting) >= _BURST and waiting[-1] != latest:
                latest = waiting[-1]
                await asyncio.sleep(_BURST_SECONDS)
            async with self._slots:
                if not await self._step(instance_id):
                    # No await from the look at the inbox to here: a wake cannot be missed.
                    del self._busy[instance_id]
                    return

    def _settled(self, instance_id: str, task: asyncio.Task[None]) -> None:
        if self._busy.get(instance_id) is task:
            del self._busy[instance_id]
        if not task.cancelled() and (error := task.exception()):
            _log.error("instance %s is stuck until restart", instance_id, exc_info=error)

    async def _step(self, instance_id: str) -> bool:
        """Run the next episode, if the inbox holds a reason for one; says whether it did."""
        messages = self.store.inbox(instance_id)
        if not messages:
            return False
        instance = self.store.get_instance(instance_id)
        if instance is None or not instance.active:
            self.store.drop_messages(instance_id)
            return False
        if self._must_wait(instance):
            return False
        session = self._sessions.of(instance)
        batch = next_batch(instance, messages, retrying=session.retrying)
        if not batch:
            self._sessions.keep(instance, session)
            return False
        episode = await self._runner.run(instance, session, batch)
        self.stats.episodes += 1
        activities = self.store.commit_episode(episode, len(session.history))
        if activities is not None:
            self._send_out(episode, activities)
            if episode.goes_on:
                session.add(episode.history)
                self._sessions.keep(instance, session)
        return True

    def _must_wait(self, instance: Instance) -> bool:
        """Whether the instance is for another app, or version of it; its messages stay for that."""
        return self._is_for_another_app(instance) or self._is_for_another_version(instance)

    def _is_for_another_app(self, instance: Instance) -> bool:
        missing = self.functions.missing(EventType.EXECUTION_STARTED, instance.name)
        if not self.settings.filter_work_items or missing is None:
            return False
        _log.info("%s %s waits for a host that has it", instance.name, instance.instance_id)
        return True

    def _is_for_another_version(self, instance: Instance) -> bool:
        rejects = self.settings.version_failure is VersionFailure.REJECT
        if not rejects or versions.accepts(self.settings, instance.version):
            return False
        _log.warning(
            "%s %s has version %s and waits for a host that takes it; defaultVersion here is %s",
            instance.name,
            instance.instance_id,
            instance.version,
            self.settings.default_version,
        )
        return True

    def _send_out(self, episode: Episode, activities: list[WorkItem]) -> None:
        instance = episode.instance
        for item in activities:
            self._activities.submit(item)
        for timer_id, fire_at in episode.timers:
            self._timers.add(
                TimerRecord(
                    fire_at=fire_at,
                    instance_id=instance.instance_id,
                    execution_id=instance.execution_id,
                    timer_id=timer_id,
                )
            )
        for request in episode.entity_requests:
            self._entities.wake(request.entity)
        for child in episode.children:
            self.stats.orchestrations_started += 1
            self.wake(child.instance_id)
        if instance.parent is not None and episode.to_parent is not None:
            self.wake(instance.parent.instance_id)
        if episode.status not in ACTIVE:
            _log_end(episode)
            for watcher in self._watchers.get(instance.instance_id, ()):
                watcher.set()

    def _fire(self, timer: TimerRecord) -> None:
        if self.store.fire_timer(timer):
            self.stats.timers_fired += 1
            self.wake(timer.instance_id)


def _log_end(episode: Episode) -> None:
    instance = episode.instance
    failed = episode.status is Status.FAILED
    seconds = (utc_now() - events.read_time(instance.created)).total_seconds()
    _log.log(
        logging.WARNING if failed else logging.INFO,
        "%s %s: %s after %.1f s%s",
        *(instance.name, instance.instance_id, episode.status.lower(), seconds),
        f": {episode.output}" if failed else "",
    )
