"""What a request path points at."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from emulators.cosmos.errors import NotFound


@dataclass(frozen=True, slots=True)
class Address:
    """A path as alternating resource types and ids: ``dbs/shop/colls/orders/docs``."""

    segments: tuple[str, ...]

    @property
    def resource_type(self) -> str:
        return self.segments[-1 if self.is_feed else -2] if self.segments else ""

    @property
    def is_feed(self) -> bool:
        """Whether it names all resources of a type under an owner, not one of them."""
        return len(self.segments) % 2 == 1

    @property
    def ids(self) -> tuple[str, ...]:
        return self.segments[1::2]

    @property
    def is_operation(self) -> bool:
        """Whether it names something to be done with a container."""
        return self.resource_type == "operations"

    @property
    def signed_type(self) -> str:
        """The resource type a signature covers."""
        return "colls" if self.is_operation else self.resource_type.lower()

    @property
    def signed_name(self) -> str:
        """What a signature covers when resources are addressed by name: the owner of a feed."""
        if self.is_operation:
            return "/".join(self.segments[:4])
        return "/".join(self.segments[:-1] if self.is_feed else self.segments)

    @property
    def signed_rid(self) -> str:
        """What a signature covers when resources are addressed by ``_rid``."""
        return self.ids[-1].lower() if self.ids else ""


@lru_cache(maxsize=4096)
def parse_address(raw_path: str) -> Address:
    """Read a percent-encoded path; a slash at its end means nothing.

    Raises:
        NotFound: it has an empty segment, so it names nothing.
    """
    path = raw_path.partition("?")[0].strip("/")
    if not path:
        return Address(())
    segments = tuple(unquote(segment) for segment in path.split("/"))
    if "" in segments:
        raise NotFound(f"The path {raw_path!r} has an empty segment.")
    return Address(segments)
