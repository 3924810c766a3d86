"""The JSON string a durable client parameter receives (BindingHelper.cs)."""

import json
from urllib.parse import quote

WEBHOOK_PATH = "/runtime/webhooks/durabletask"
_INSTANCE = "INSTANCEID"


def management_urls(origin: str, hub: str, key: str, instance_id: str) -> dict[str, str]:
    """The URLs of one instance, under *origin* (scheme, host and port)."""
    query = f"taskHub={hub}&connection=Storage&code={key}"
    base = f"{origin}{WEBHOOK_PATH}/instances/{quote(instance_id, safe='')}"
    reason = f"reason={{text}}&{query}"
    return {
        "statusQueryGetUri": f"{base}?{query}",
        "sendEventPostUri": f"{base}/raiseEvent/{{eventName}}?{query}",
        "terminatePostUri": f"{base}/terminate?{reason}",
        "rewindPostUri": f"{base}/rewind?{reason}",
        "purgeHistoryDeleteUri": f"{base}?{query}",
        "restartPostUri": f"{base}/restart?{query}",
        "suspendPostUri": f"{base}/suspend?{reason}",
        "resumePostUri": f"{base}/resume?{reason}",
    }


def client_binding(origin: str, rpc_base_url: str, hub: str, key: str) -> str:
    """The binding string; *rpc_base_url* must end in a slash, as the SDK appends to it."""
    create = f"{origin}{WEBHOOK_PATH}/orchestrators/{{functionName}}[/{{instanceId}}]?code={key}"
    wait = f"{create}&timeout={{timeoutInSeconds}}&pollingInterval={{intervalInSeconds}}"
    return json.dumps(
        {
            "taskHubName": hub,
            "connectionName": "Storage",
            "creationUrls": {
                "createNewInstancePostUri": create,
                "createAndWaitOnNewInstancePostUri": wait,
            },
            "managementUrls": {"id": _INSTANCE, **management_urls(origin, hub, key, _INSTANCE)},
            "baseUrl": f"{origin}{WEBHOOK_PATH}",
            "requiredQueryStringParameters": f"code={key}",
            "rpcBaseUrl": rpc_base_url,
        }
    )
