"""Random lives of orders on the whole stack, and the books that have to agree about each of them.

``machine`` puts the rules together; each of those who act has a file of rules: ``customers``,
``carrier``, ``provider``, ``operators``. ``life`` is the model of what may become of an order,
``audit`` compares what is written about orders in different places, ``campaign`` plays many stories
side by side.
"""
