"""Every two requests that write the same row, sent together from the pages they stand on.

`addresses` reads from the resolver what takes a POST; `applicants`, `desk`, `box` and `catalogue`
say for each how somebody comes to its form; `meeting` lets two of them meet; `findings` says what
must not have come of it. `crew` runs it in processes of its own, for a thread that hangs can only
be ended with its process.
"""
