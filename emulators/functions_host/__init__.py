"""A local Azure Functions host for Python v2 apps, with the Durable engine, in one process.

It loads ``function_app.py`` by path, as the real worker does, and never imports the app by name.
"""
