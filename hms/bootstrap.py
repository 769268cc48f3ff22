"""The composition root: settings in, wired application out."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hms.features import manifests
from hms.infra.db import Database, open_database
from hms.infra.schema import refuse_other_version
from hms.infra.settings import Settings, load_settings
from hms.infra.trail import Trail
from hms.infra.uow import Work
from hms.kernel import grants, reactions
from hms.kernel.actor import Actor
from hms.kernel.errors import NotPermitted
from hms.kernel.feature import Invariant, load

if TYPE_CHECKING:
    import asyncio

    from hms.infra.backup.numbers import Numbers
    from hms.infra.sessions import SignedIn

T = TypeVar("T")


class Application:
    """The wired application: every face runs its use cases through this.

    Who acts is verified, and user, role and session are read again, inside the
    transaction of each use case: a change of role acts on the very next call.
    """

    def __init__(self, settings: Settings, db: Database) -> None:
        self.settings = settings
        self.db = db
        self._trail = Trail(db)

    def do_now(
        self,
        who: SignedIn,
        use_case: Callable[..., T],
        *args: Any,
        op_id: str | None = None,
        **named: Any,
    ) -> T:
        """Run ``use_case(work, actor, *args, **named)`` as one transaction.

        Args:
            who: the signed-in session, or one of our own processes.
            use_case: a use case of a feature's service.
            args: its positional arguments after work and actor.
            op_id: the caller's own id, when the same operation may come again.
            named: its named arguments.

        Raises:
            NotSignedIn: the session is over.
            HmsError: what the use case refused; nothing was changed.
        """
        try:
            result = self.db.write_now(_bound(who, use_case, args, named), op_id=op_id)
        except NotPermitted as refusal:
            self._trail.refused_now(lambda work: _actor(work, who), use_case, refusal)
            raise
        self._trail.grew = True
        return result

    def ask_now(self, who: SignedIn, use_case: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a use case that only looks; all it sees is of one instant."""
        try:
            return self.db.read_now(_bound(who, use_case, args, named))
        except NotPermitted as refusal:
            self._trail.refused_now(lambda work: _actor(work, who), use_case, refusal)
            raise

    async def do(
        self,
        who: SignedIn,
        use_case: Callable[..., T],
        *args: Any,
        op_id: str | None = None,
        **named: Any,
    ) -> T:
        """Run ``use_case`` as one transaction that a cancelled caller cannot tear."""
        try:
            result = await self.db.write(_bound(who, use_case, args, named), op_id=op_id)
        except NotPermitted as refusal:
            await self._trail.refused(lambda work: _actor(work, who), use_case, refusal)
            raise
        self._trail.seal_soon()
        return result

    async def ask(self, who: SignedIn, use_case: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a use case that only looks, without blocking the event loop."""
        try:
            return await self.db.read(_bound(who, use_case, args, named))
        except NotPermitted as refusal:
            await self._trail.refused(lambda work: _actor(work, who), use_case, refusal)
            raise

    async def seal(self) -> None:
        """Seal what is in the audit and not sealed yet, a batch at a time."""
        await self._trail.seal_all()

    def as_service(self, name: str) -> SignedIn:
        """Return what our own process ``name`` acts as (demo, simulate, periodic work)."""
        from hms.features.staff.service import service_sign_in

        return service_sign_in(name)

    def close_now(self) -> None:
        """Seal what was written, then close the database."""
        self._trail.close_now()
        self.db.close_now()

    async def close(self) -> None:
        """Let running operations end, seal what was written, then close the database."""
        await self._trail.close()
        await self.db.close()


def _actor(work: Work, who: SignedIn) -> Actor:
    from hms.features.staff.service import actor_of

    return actor_of(work, who)


def _bound(
    who: SignedIn, use_case: Callable[..., T], args: tuple[Any, ...], named: dict[str, Any]
) -> Callable[[Work], T]:
    from hms.features.staff.service import actor_of

    return lambda work: use_case(work, actor_of(work, who), *args, **named)


def register_features() -> None:
    """Make permissions and reactions of every manifest the ones that hold in this process."""
    grants.register(permission for feature in manifests() for permission in feature.permissions)
    reactions.register(reaction for feature in manifests() for reaction in feature.reactions)


def load_models() -> None:
    """Import every feature's tables, so that the schema is complete."""
    for feature in manifests():
        for models in feature.models:
            import_module(models)


def invariants() -> tuple[Invariant, ...]:
    """Return what the features say always holds in the database."""
    targets = [feature.invariants for feature in manifests() if feature.invariants]
    return tuple(invariant for target in targets for invariant in load(target))


def numbers() -> tuple[Numbers, ...]:
    """Return how the features carry their numbers over a restore."""
    return tuple(load(feature.numbers) for feature in manifests() if feature.numbers)


def worker(
    application: Application,
) -> Callable[[str, Mapping[str, Any]], Coroutine[Any, Any, Any]]:
    """Return what answers the display server: jobs of the manifests, done as a service account."""
    from hms.infra.worker import JobUnknown

    jobs = {job.name: job for feature in manifests() for job in feature.jobs}
    who = application.as_service("wall")

    async def answer(name: str, body: Mapping[str, Any]) -> Any:
        job = jobs.get(name)
        if job is None:
            raise JobUnknown("no feature answers this")
        command = load(job.reads)(body)
        run = application.ask if job.looks else application.do
        result = await run(who, load(job.use_case), command)
        return result.as_json() if hasattr(result, "as_json") else result

    return answer


async def drive_printer(application: Application, stop: asyncio.Event) -> None:
    """Print what is asked for at the printer of the settings until ``stop`` is set."""
    from hms.features.printing.worker import drive

    targets = [feature.slips for feature in manifests() if feature.slips]
    composers = {kind: make for target in targets for kind, make in load(target).items()}
    await drive(application, composers, stop)


async def answer_wall(application: Application, stop: asyncio.Event) -> None:
    """Be the worker of the display servers on this machine until ``stop`` is set."""
    from hms.infra.worker import answer_jobs
    from hms.infra.worker_line import socket_path

    await answer_jobs(socket_path(application.settings), worker(application), stop)


async def answer_far_walls(application: Application, stop: asyncio.Event) -> None:
    """Be a worker of the display servers on other machines, by Redis, until ``stop`` is set."""
    from hms.infra.redis_line import answer_over_redis

    settings = application.settings
    code = settings.hospital.code
    await answer_over_redis(settings.redis.url, code, worker(application), stop)


def wire(settings: Settings, *, create: bool = False, read_only: bool = False) -> Application:
    """Return the application on ``settings``, without looking at the schema.

    ``create`` makes a missing SQLite file and every missing table; ``read_only``
    refuses every change.
    """
    register_features()
    db = open_database(settings, create=create, read_only=read_only)
    if create:
        load_models()
        db.create_schema()
    return Application(settings, db)


def open_application(
    config: Path | None = None, *, settings: Settings | None = None, read_only: bool = False
) -> Application:
    """Open the installation that the configuration names.

    Raises:
        SettingsError: the configuration cannot be used.
        Unavailable: the database is missing, busy or out of reach.
        SchemaDiffers: it was made for another version of HMS.
    """
    application = wire(settings or load_settings(config), read_only=read_only)
    try:
        application.db.read_now(refuse_other_version)
    except BaseException:
        application.close_now()
        raise
    return application
