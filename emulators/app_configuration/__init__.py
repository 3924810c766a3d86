"""Azure App Configuration's data plane: key-values, labels, locks, revisions, feature flags.

What ``azure-appconfiguration`` and its provider need, over plain HTTP with connection strings.
Snapshots, point-in-time reads and Entra ID are refused by name.
"""
