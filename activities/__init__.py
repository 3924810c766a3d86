"""The steps of the sagas. Each may run again at any time, and then changes nothing more.

They return refusals and raise faults, because Durable repeats what is raised.
"""
