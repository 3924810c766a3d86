"""Spatial functions: distances on the earth, shapes within and across each other."""

import json
from typing import Any

import pytest
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from emulators.cosmos.sql.query import prepare_query
from tests.emulators.cosmos.raw import RawClient
from tests.emulators.cosmos.test_queries import rows

Position = list[float]


def point(*position: float) -> dict[str, Any]:
    """Longitude and latitude."""
    return {"type": "Point", "coordinates": list(position)}


def line(*positions: Position) -> dict[str, Any]:
    """A way from place to place."""
    return {"type": "LineString", "coordinates": [*positions]}


def polygon(*rings: list[Position]) -> dict[str, Any]:
    """An area, and the holes in it."""
    return {"type": "Polygon", "coordinates": [*rings]}


SQUARE = [[10.0, 10.0], [12.0, 10.0], [12.0, 12.0], [10.0, 12.0], [10.0, 10.0]]
HOLE = [[10.5, 10.5], [10.5, 11.5], [11.5, 11.5], [11.5, 10.5], [10.5, 10.5]]


def value(expression: str, **parameters: Any) -> Any:
    """What an expression is, of parameters written as ``@name``; nothing for undefined."""
    statement = prepare_query(f"SELECT VALUE {expression}")
    named = {f"@{name}": given for name, given in parameters.items()}
    return [*statement.run([], named)]


async def test_items_near_a_place_are_found(container: ContainerProxy):
    """The filter that the SDK's own test uses; an impossible place is near nothing."""
    await container.create_item({"id": "near", "pk": "p", "place": point(20.0, 20.0)})
    await container.create_item({"id": "no place", "pk": "p", "place": point(100.0, 100.0)})
    await container.create_item({"id": "nowhere", "pk": "p"})

    found = await rows(
        container,
        "SELECT VALUE c.id FROM c WHERE ST_DISTANCE(c.place, "
        "{type: 'Point', coordinates: [20.1, 20]}) < 20000",
    )

    assert found == ["near"]


@pytest.mark.parametrize(
    ("start", "end", "metres"),
    [
        (point(0, 0), point(1, 0), 111_319.491),  # a degree of the equator
        (point(0, 0), point(0, 1), 110_574.389),  # less along a meridian: the earth is no ball
        (point(0, 0), point(0, 0), 0),
        (point(13, 11), polygon(SQUARE), 109_285.6),
        (point(11, 11), polygon(SQUARE), 0),
        (point(11, 11), polygon(SQUARE, HOLE), 54_643.9),
        (line([0, 0], [0, 10]), line([1, 5], [5, 5]), 110_899.2),
    ],
)
def test_distances_are_metres_on_the_ellipsoid(
    start: dict[str, Any], end: dict[str, Any], metres: float
):
    """A radius of delivery means what it means in the cloud, to a part in a thousand."""
    assert value("ST_DISTANCE(@a, @b)", a=start, b=end) == [pytest.approx(metres, rel=1e-3)]


@pytest.mark.parametrize(
    ("shape", "within", "crosses"),
    [
        (point(11, 10.2), True, True),
        (point(11, 11), False, False),  # in the hole
        (line([10.1, 10.1], [10.2, 10.2]), True, True),
        (line([9, 9], [10.2, 10.2]), False, True),
        (polygon(SQUARE), False, True),
        (point(50, 50), False, False),
    ],
)
def test_shapes_are_within_or_cross_others(shape: dict[str, Any], within: bool, crosses: bool):
    """Holes are not part of a polygon."""
    area = polygon(SQUARE, HOLE)

    assert value("ST_WITHIN(@a, @b)", a=shape, b=area) == [within]
    assert value("ST_INTERSECTS(@a, @b)", a=shape, b=area) == [crosses]


def test_a_polygon_that_runs_clockwise_is_all_the_rest():
    """The usual surprise of GeoJSON in Cosmos DB: the inside is on the left."""
    inverse = polygon(SQUARE[::-1])

    assert value("ST_WITHIN(@a, @b)", a=point(11, 11), b=inverse) == [False]
    assert value("ST_WITHIN(@a, @b)", a=point(50, 50), b=inverse) == [True]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (point(133.7, -184.3), "Latitude values must be between -90 and 90 degrees."),
        (point(190, 0), "Longitude values must be between -180 and 180 degrees."),
        (polygon(SQUARE[:-1]), "not closed"),
        (polygon([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]), "Self-intersection"),
        (line([0, 0]), "At least 2 positions"),
        ({"type": "Circle"}, "'Circle' is not a type"),
        ("somewhere", "GeoJSON object"),
    ],
)
def test_what_is_no_shape_says_why(shape: Any, reason: str):
    """And is neither near nor within anything."""
    [told] = value("ST_ISVALIDDETAILED(@a)", a=shape)

    assert reason in told["reason"]
    assert value("ST_ISVALID(@a)", a=shape) == [False]
    assert value("ST_DISTANCE(@a, @a)", a=shape) == []


def test_a_union_of_polygons_is_one_shape():
    """A country with islands."""
    islands = {
        "type": "MultiPolygon",
        "coordinates": [[SQUARE], [[[0, 0], [1, 0], [1, 1], [0, 0]]]],
    }

    assert value("ST_WITHIN(@a, @b)", a=point(0.8, 0.2), b=islands) == [True]
    assert value("ST_ISVALIDDETAILED(@a)", a=islands) == [{"valid": True}]


async def test_flat_coordinates_are_refused_by_name(raw: RawClient, database: DatabaseProxy):
    """Distances there are no metres; ours would be wrong without a word."""
    body: dict[str, Any] = {"id": "flat", "partitionKey": {"paths": ["/pk"]}}
    body["geospatialConfig"] = {"type": "Geometry"}

    status, _, text = await raw.send("POST", f"/dbs/{database.id}/colls", json.dumps(body))

    assert status == 501
    assert "type Geometry" in text
