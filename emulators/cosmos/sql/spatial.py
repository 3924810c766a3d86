"""Spatial functions on GeoJSON: shapes in degrees, distances in metres on the WGS-84 ellipsoid.

An edge is straight in degrees, not along the shortest way; what crosses the antimeridian is not.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from emulators.cosmos.sql.registry import built_in, defined
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_LONGITUDES: Final = 180
_LATITUDES: Final = 90
_LEAST_IN_LINE: Final = 2
_LEAST_IN_RING: Final = 4


class _Invalid(Exception):
    """A shape that is none; the message says why."""


def _positions(given: Value, least: int) -> list[tuple[float, float]]:
    if type(given) is not list or len(given) < least:
        raise _Invalid(f"At least {least} positions are needed.")
    return [_position(each) for each in given]


def _position(given: Value) -> tuple[float, float]:
    if type(given) is not list or len(given) not in (2, 3) or not all(map(is_number, given)):
        raise _Invalid("A position must be an array of two or three numbers.")
    longitude, latitude = given[:2]
    if abs(latitude) > _LATITUDES:
        raise _Invalid("Latitude values must be between -90 and 90 degrees.")
    if abs(longitude) > _LONGITUDES:
        raise _Invalid("Longitude values must be between -180 and 180 degrees.")
    return longitude, latitude


def _ring(given: Value) -> list[tuple[float, float]]:
    ring = _positions(given, _LEAST_IN_RING)
    if ring[0] != ring[-1]:
        raise _Invalid("The Polygon input is not valid because its ring is not closed.")
    return ring


def _polygon(rings: Value) -> "BaseGeometry":
    import shapely

    if type(rings) is not list or not rings:
        raise _Invalid("A Polygon needs at least one ring.")
    outer, *holes = map(_ring, rings)
    polygon = shapely.Polygon(outer, holes)
    if not polygon.is_valid:
        raise _Invalid(f"The Polygon input is not valid: {shapely.is_valid_reason(polygon)}.")
    if polygon.exterior.is_ccw:
        return polygon
    # Whoever walks along the edge has the inside to the left: this is all but the shape.
    return shapely.box(-_LONGITUDES, -_LATITUDES, _LONGITUDES, _LATITUDES).difference(polygon)


def _shape(given: Value) -> "BaseGeometry":
    """The shape that GeoJSON describes.

    Raises:
        _Invalid: it describes none.
    """
    # What hardly any query needs takes a third of a second to load.
    import shapely

    if type(given) is not dict:
        raise _Invalid("A GeoJSON object is needed.")
    coordinates = given.get("coordinates")
    match given.get("type"):
        case "Point":
            return shapely.Point(_position(coordinates))
        case "LineString":
            return shapely.LineString(_positions(coordinates, _LEAST_IN_LINE))
        case "Polygon":
            return _polygon(coordinates)
        case "MultiPolygon" if type(coordinates) is list and coordinates:
            return shapely.union_all([_polygon(rings) for rings in coordinates])
        case other:
            raise _Invalid(f"{other!r} is not a type of GeoJSON object that is supported.")


def _of_two(given: Value, other: Value) -> tuple["BaseGeometry", "BaseGeometry"] | None:
    try:
        return _shape(given), _shape(other)
    except _Invalid:
        return None


@built_in("ST_DISTANCE", defined, defined)
def _distance(given: Value, other: Value) -> Value:
    shapes = _of_two(given, other)
    if shapes is None:
        return UNDEFINED
    start, end = _nearest(*shapes)
    from geographiclib.geodesic import Geodesic

    inverse: Callable[..., dict[str, float]] = Geodesic.WGS84.Inverse
    return inverse(start[1], start[0], end[1], end[0])["s12"]


def _nearest(
    shape: "BaseGeometry", other: "BaseGeometry"
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The points of two shapes that are nearest, as they lie where a degree is as wide as high."""
    import shapely
    from shapely import affinity

    width = math.cos(math.radians((shape.centroid.y + other.centroid.y) / 2)) or 1.0
    flat = [affinity.scale(each, xfact=width, origin=(0, 0)) for each in (shape, other)]
    line = shapely.shortest_line(*flat)
    (x, y), (u, v) = line.coords
    return (x / width, y), (u / width, v)


@built_in("ST_WITHIN", defined, defined)
def _within(given: Value, other: Value) -> Value:
    shapes = _of_two(given, other)
    return UNDEFINED if shapes is None else shapes[0].within(shapes[1])


@built_in("ST_INTERSECTS", defined, defined)
def _intersects(given: Value, other: Value) -> Value:
    shapes = _of_two(given, other)
    return UNDEFINED if shapes is None else shapes[0].intersects(shapes[1])


@built_in("ST_ISVALIDDETAILED", defined)
def _is_valid_detailed(given: Value) -> Value:
    try:
        _shape(given)
    except _Invalid as reason:
        return {"valid": False, "reason": str(reason)}
    return {"valid": True}


@built_in("ST_ISVALID", defined)
def _is_valid(given: Value) -> Value:
    return _is_valid_detailed(given)["valid"]
