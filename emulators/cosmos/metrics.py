"""What a query tells of itself in headers, when it is asked to."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from emulators.cosmos.exchange import Call
from emulators.cosmos.partition import Path

_MATCHED_ALL: Final = 1.0


def metric_headers(
    call: Call, paths: tuple[Path, ...], *, retrieved: int, rows: int, size: int
) -> Mapping[str, str]:
    """The metrics that the request wants: of the query, of the use of indexes, or none."""
    headers = {}
    if call.is_set("populatequerymetrics"):
        headers["x-ms-documentdb-query-metrics"] = _query_metrics(retrieved, rows, size)
    if call.headers.get("x-ms-cosmos-populateindexmetrics", "").lower() == "true":
        text = json.dumps(_index_metrics(paths))
        headers["x-ms-cosmos-index-utilization"] = base64.b64encode(text.encode()).decode()
    return headers


def _query_metrics(retrieved: int, rows: int, size: int) -> str:
    metrics = {
        "retrievedDocumentCount": retrieved,
        "retrievedDocumentSize": size if retrieved else 0,
        "outputDocumentCount": rows,
        "outputDocumentSize": size,
        "indexUtilizationRatio": min(_MATCHED_ALL, rows / retrieved if retrieved else _MATCHED_ALL),
    }
    return ";".join(f"{name}={value}" for name, value in metrics.items())


def _index_metrics(paths: tuple[Path, ...]) -> dict[str, Any]:
    """The one index there is here: by partition key."""
    used = [
        {
            "FilterExpression": "",
            "IndexSpec": f"/{'/'.join(path)}/?",
            "FilterPreciseSet": True,
            "IndexPreciseSet": True,
            "IndexImpactScore": "High",
        }
        for path in paths
    ]
    return {
        "UtilizedSingleIndexes": used,
        "PotentialSingleIndexes": [],
        "UtilizedCompositeIndexes": [],
        "PotentialCompositeIndexes": [],
    }
